package tributary.driver.features;

import java.io.IOException;
import java.util.Base64;
import java.util.List;
import tributary.datasets.Checks;
import tributary.datasets.image.ImageFormat;
import tributary.datasets.shard.Dataset;
import tributary.datasets.shard.Example;
import tributary.datasets.shard.ShardInfo;
import tributary.datasets.text.TextFields;

/**
 * A page of HTML with pictures or texts and what is known of them; they are in it, so that the page
 * needs no other file. Driver only.
 */
public final class Gallery {
  private static final String STYLE =
      "body{font-family:sans-serif;margin:2em}figure{display:inline-block;margin:.5em;"
          + "vertical-align:top;width:140px;font-size:small;overflow-wrap:anywhere}"
          + "img{width:128px;height:128px;object-fit:contain;image-rendering:pixelated;"
          + "background:#eee}blockquote{width:28em;margin:0;padding:.5em;background:#eee}"
          + "figure:has(blockquote){width:auto}figcaption{margin-top:.3em}";

  /** More of a text does not help to tell what it is about. */
  private static final int TEXT_CHARACTERS = 600;

  private final StringBuilder page = new StringBuilder();
  private final Dataset data;

  /**
   * An empty page.
   *
   * @param data that the pictures are in
   */
  public Gallery(String title, Dataset data) {
    this.data = data;
    page.append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>")
        .append(escaped(title))
        .append("</title>\n<style>")
        .append(STYLE)
        .append("</style>\n</head>\n<body>\n<h1>")
        .append(escaped(title))
        .append("</h1>\n");
  }

  /** Adds a picture that is not of the dataset. */
  public Gallery with(byte[] picture, String caption) {
    figure(image(picture), caption);
    return this;
  }

  /** Adds a picture or the start of a text of the dataset. */
  public Gallery with(Hit hit, String caption) throws IOException {
    Example example = data.read(hit.split(), number(hit)).example();
    figure(
        example.image().map(image -> image(image.getValue())).orElseGet(() -> text(example)),
        caption);
    return this;
  }

  /** Adds a line between pictures. */
  public Gallery heading(String text) {
    page.append("<h2>").append(escaped(text)).append("</h2>\n");
    return this;
  }

  /** The page. */
  public String html() {
    return page + "</body>\n</html>\n";
  }

  private void figure(String content, String caption) {
    page.append("<figure>")
        .append(content)
        .append("<figcaption>")
        .append(escaped(caption))
        .append("</figcaption></figure>\n");
  }

  private static String image(byte[] picture) {
    String type = ImageFormat.of(picture).map(Gallery::mediaType).orElse("image/jpeg");
    return "<img alt=\"\" src=\"data:"
        + type
        + ";base64,"
        + Base64.getEncoder().encodeToString(picture)
        + "\">";
  }

  /** A document, or the words of a tagged sentence, which lie on lines of their own. */
  private static String text(Example example) {
    String text = TextFields.text(example.fields().getOrDefault(TextFields.TEXT, new byte[0]));
    int end =
        text.offsetByCodePoints(
            0, Math.min(TEXT_CHARACTERS, text.codePointCount(0, text.length())));
    String rest = end < text.length() ? "\u2026" : "";
    return "<blockquote>" + escaped(text.substring(0, end) + rest) + "</blockquote>";
  }

  private long number(Hit hit) throws IOException {
    long first = 0;
    List<ShardInfo> shards = data.manifest().shards(hit.split());
    for (ShardInfo shard : shards) {
      if (shard.name().equals(hit.shard())) {
        return first + hit.row();
      }
      first += shard.examples();
    }
    throw new tributary.datasets.DataException(
        Checks.format(
            "The dataset %s has no shard %s in split %s: it is not the one that the features are"
                + " of",
            data.uri(), hit.shard(), hit.split()));
  }

  private static String mediaType(ImageFormat format) {
    return format.extension().equals("png") ? "image/png" : "image/jpeg";
  }

  /** Text as HTML shows it, whatever is in it. */
  static String escaped(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;");
  }
}
