package tributary.driver.features;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tributary.datasets.DataException;
import tributary.datasets.shard.Dataset;
import tributary.datasets.testing.HandMade;

class GalleryTest {
  private static final Pattern PICTURE =
      Pattern.compile("<img alt=\"\" src=\"data:image/png;base64,([A-Za-z0-9+/=]+)\">");

  @TempDir Path folder;

  @Test
  void thePageHoldsThePicturesOfTheShardsInOrder() throws IOException {
    try (Dataset data = HandMade.dataset(folder, 5, 7)) {
      String html =
          new Gallery("Neighbours", data)
              .with(HandMade.png(99), "the query")
              .heading("The 2 nearest")
              .with(hit("train-00001", 3), "first")
              .with(hit("train-00000", 4), "second")
              .html();

      assertThat(html)
          .startsWith("<!DOCTYPE html>\n<html lang=\"en\">")
          .contains("<title>Neighbours</title>", "<figcaption>second</figcaption></figure>")
          .endsWith("</body>\n</html>\n");
      List<Integer> grey = new ArrayList<>();
      Matcher pictures = PICTURE.matcher(html);
      while (pictures.find()) {
        byte[] png = Base64.getDecoder().decode(pictures.group(1));
        grey.add(ImageIO.read(new ByteArrayInputStream(png)).getRaster().getSample(0, 0, 0));
      }
      assertThat(grey).containsExactly(99, 8, 4);
    }
  }

  @Test
  void textIsShownAndNeverRun() throws IOException {
    try (Dataset data = HandMade.dataset(folder, 1)) {
      String evil = "<script>alert('x')</script>\" onerror=\"&";
      String html = new Gallery(evil, data).heading(evil).with(HandMade.png(1), evil).html();
      assertThat(html)
          .doesNotContain("<script", "\" onerror")
          .contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&quot; onerror=&quot;&amp;");
    }
  }

  @Test
  void ofATextTheStartIsShown() throws IOException {
    String poem = "\uD83D\uDE00 < ".repeat(150);
    try (Dataset data = HandMade.documents(folder, "one line", poem + "x", poem)) {
      String html =
          new Gallery("Neighbours", data)
              .with(hit("train-00000", 0), "first")
              .with(hit("train-00000", 1), "long")
              .with(hit("train-00000", 2), "just")
              .html();
      String shown = poem.replace("<", "&lt;");
      assertThat(html)
          .contains("<figure><blockquote>one line</blockquote><figcaption>first</figcaption>")
          .contains("<blockquote>" + shown + "\u2026</blockquote><figcaption>long")
          .contains("<blockquote>" + shown + "</blockquote><figcaption>just")
          .doesNotContain("<img");
    }
  }

  @Test
  void aShardOfAnotherDatasetIsRefused() {
    try (Dataset data = HandMade.dataset(folder, 1)) {
      assertThatThrownBy(() -> new Gallery("", data).with(hit("train-00009", 0), ""))
          .isInstanceOf(DataException.class)
          .hasMessageContaining("has no shard train-00009 in split train");
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static Hit hit(String shard, long row) {
    return new Hit("train", "k", 0, 0, shard, row);
  }
}
