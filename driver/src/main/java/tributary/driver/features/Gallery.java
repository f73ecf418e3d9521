package tributary.driver.features;

import java.io.IOException;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import tributary.datasets.Checks;
import tributary.datasets.image.ImageFormat;
import tributary.datasets.shard.Dataset;
import tributary.datasets.shard.LabelledExample;
import tributary.datasets.shard.ShardInfo;

/**
 * A page of HTML with pictures and what is known of them; the pictures are in it, so that the page
 * needs no other file. Driver only.
 */
public final class Gallery {
  private static final String STYLE =
      "body{font-family:sans-serif;margin:2em}figure{display:inline-block;margin:.5em;"
          + "vertical-align:top;width:140px;font-size:small;overflow-wrap:anywhere}"
          + "img{width:128px;height:128px;object-fit:contain;image-rendering:pixelated;"
          + "background:#eee}figcaption{margin-top:.3em}";

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
    figure(picture, caption);
    return this;
  }

  /** Adds a picture of the dataset. */
  public Gallery with(Hit hit, String caption) throws IOException {
    LabelledExample example = data.read(hit.split(), number(hit));
    figure(example.example().image().map(Map.Entry::getValue).orElse(new byte[0]), caption);
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

  private void figure(byte[] picture, String caption) {
    String type = ImageFormat.of(picture).map(Gallery::mediaType).orElse("image/jpeg");
    page.append("<figure><img alt=\"\" src=\"data:")
        .append(type)
        .append(";base64,")
        .append(Base64.getEncoder().encodeToString(picture))
        .append("\"><figcaption>")
        .append(escaped(caption))
        .append("</figcaption></figure>\n");
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
