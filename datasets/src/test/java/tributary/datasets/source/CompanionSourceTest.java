package tributary.datasets.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import javax.imageio.ImageIO;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tributary.datasets.DataException;
import tributary.datasets.image.Image;
import tributary.datasets.image.ImageDecoder;
import tributary.datasets.image.PngEncoder;
import tributary.datasets.shard.BadExampleException;
import tributary.datasets.shard.Dataset;
import tributary.datasets.shard.Manifest;
import tributary.datasets.shard.MissingDatasetException;
import tributary.datasets.shard.Task;
import tributary.datasets.testing.LocalPack;

@Timeout(60)
class CompanionSourceTest {
  private static final Configuration CONF = new Configuration();
  private static final PackSettings SETTINGS = PackSettings.of(10, 3);
  private static final PackSettings SKIP = new PackSettings(10, 0, 3, 0, 90, 1);
  private static final ObjectMapper MAPPER = new ObjectMapper();

  @TempDir Path folder;

  @Test
  void theFirstLineBesideAnImageIsItsCaption() throws IOException {
    write("stamps/animals/cat.png", Drawings.png(1));
    write("stamps/animals/cat.txt", utf8("\ufeff A cat. \r\nde.utf8=Eine Katze.\r\n"));
    write("stamps/food/egg.jpg", Drawings.jpeg(2));
    write("stamps/food/egg.txt", utf8("Ein Ei für dich."));
    write("stamps/food/egg.ogg", new byte[10]);

    ExampleSource source = open(SourceFormat.IMAGE_CAPTIONS, List.of(), "stamps");
    Drawings.requireSendable(source);
    assertThat(source.task()).isEqualTo(Task.CAPTIONING);
    LocalPack.pack(source, SETTINGS, folder.resolve("packed"));

    assertThat(names(source)).containsExactly("animals/cat.png", "food/egg.jpg");
    try (Dataset dataset = Dataset.open(folder.resolve("packed").toUri().toString(), CONF)) {
      assertThat(dataset.manifest().task()).isEqualTo(Task.CAPTIONING);
      for (int number = 0; number < 2; number++) {
        SortedMap<String, byte[]> fields = dataset.read("train", number).example().fields();
        boolean cat = new String(fields.get("name"), StandardCharsets.UTF_8).contains("cat");
        assertThat(fields.get("txt")).isEqualTo(utf8(cat ? "A cat." : "Ein Ei für dich."));
        assertThat(fields.get(cat ? "png" : "jpg"))
            .isEqualTo(cat ? Drawings.png(1) : Drawings.jpeg(2));
      }
    }
  }

  @Test
  void foldersNamedAfterSplitsAreSplits() throws IOException {
    for (String split : List.of("train", "val")) {
      write("set/" + split + "/a.png", Drawings.png(1));
      write("set/" + split + "/a.txt", utf8("A."));
    }

    ExampleSource source = open(SourceFormat.IMAGE_CAPTIONS, List.of(), "set");

    assertThat(source.parts()).extracting(Part::split).containsExactly("train", "validation");
    assertThat(names(source)).containsExactly("train/a.png", "val/a.png");
  }

  @Test
  void aMissingBlankOrForeignCaptionIsABadExample() throws IOException {
    for (String name : List.of("good", "none", "blank", "latin", "huge")) {
      write("set/" + name + ".png", Drawings.png(1));
    }
    write("set/good.txt", utf8("Good."));
    write("set/blank.txt", utf8(" \nsecond"));
    write("set/latin.txt", "\u00e9".getBytes(StandardCharsets.ISO_8859_1));
    write("set/huge.txt", new byte[(1 << 20) + 1]);

    LocalPack.pack(
        open(SourceFormat.IMAGE_CAPTIONS, List.of(), "set"), SKIP, folder.resolve("packed"));

    assertThat(Files.readAllLines(folder.resolve("packed/quarantine.jsonl")))
        .satisfiesExactlyInAnyOrder(
            line -> assertThat(line).contains("\"none.png\"", "expected a file ", "none.txt"),
            line -> assertThat(line).contains("\"blank.png\"", "blank.txt: expected a caption"),
            line -> assertThat(line).contains("\"latin.png\"", "the caption is not UTF-8"),
            line -> assertThat(line).contains("\"huge.png\"", "has 1048577 bytes: expected at"));
  }

  @Test
  void masksKeepTheNumbersThatAreStored() throws IOException {
    byte[] values = new byte[12];
    for (int i = 0; i < 12; i++) {
      values[i] = (byte) (i == 7 ? 255 : i % 3);
    }
    byte[] image = PngEncoder.encode(new Image(3, 3, 4, new byte[36]));
    write("set/train/images/grey.png", image);
    write("set/train/masks/grey.png", PngEncoder.encode(new Image(1, 3, 4, values)));
    write("set/train/images/deep/palette.png", image);
    write("set/train/masks/deep/palette.png", palette(values, 8));
    write("set/train/images/bits.png", image);
    write("set/train/masks/bits.png", palette(new byte[] {0, 1, 1, 0, 0, 0, 1, 1, 0, 1, 0, 1}, 1));

    ExampleSource source = open(SourceFormat.IMAGE_MASKS, List.of("ground", "cat", "dog"), "set");
    LocalPack.pack(source, SETTINGS, folder.resolve("packed"));

    try (Dataset dataset = Dataset.open(folder.resolve("packed").toUri().toString(), CONF)) {
      assertThat(dataset.manifest().task()).isEqualTo(Task.SEGMENTATION);
      assertThat(dataset.manifest().classes()).containsExactly("ground", "cat", "dog");
      for (int number = 0; number < 3; number++) {
        SortedMap<String, byte[]> fields = dataset.read("train", number).example().fields();
        boolean bits = new String(fields.get("name"), StandardCharsets.UTF_8).contains("bits");
        assertThat(ImageDecoder.decode(fields.get("mask.png"), 1).pixels())
            .isEqualTo(bits ? new byte[] {0, 1, 1, 0, 0, 0, 1, 1, 0, 1, 0, 1} : values);
      }
    }
  }

  @Test
  void masksThatAreNoneAreBadExamples() throws IOException {
    byte[] values = new byte[12];
    values[6] = 9;
    byte[] image = PngEncoder.encode(new Image(3, 3, 4, new byte[36]));
    for (String name : List.of("good", "value", "colour", "jpeg", "cut", "missing")) {
      write("set/images/" + name + ".png", image);
    }
    byte[] good = PngEncoder.encode(new Image(1, 3, 4, new byte[12]));
    write("set/masks/good.png", good);
    write("set/masks/value.png", PngEncoder.encode(new Image(1, 3, 4, values)));
    write("set/masks/colour.png", image);
    write("set/masks/jpeg.png", Drawings.jpeg(1));
    write("set/masks/cut.png", Arrays.copyOf(good, good.length - 9));

    LocalPack.pack(
        open(SourceFormat.IMAGE_MASKS, List.of("a", "b"), "set"), SKIP, folder.resolve("packed"));

    assertThat(Files.readAllLines(folder.resolve("packed/quarantine.jsonl")))
        .satisfiesExactlyInAnyOrder(
            line ->
                assertThat(line)
                    .contains("value.png: pixel at row 1, column 2: expected a class in 0..1 or"),
            line -> assertThat(line).contains("colour.png: expected a PNG with a palette, or grey"),
            line -> assertThat(line).contains("jpeg.png: expected a PNG with a palette, or grey"),
            line -> assertThat(line).contains("\"cut.png\"", "cut.png: "),
            line -> assertThat(line).contains("\"missing.png\"", "expected a file "));
  }

  @Test
  void aMaskOfAnotherSizeThanItsPictureIsABadExample() throws IOException {
    byte[] turned = Drawings.turnedJpeg(3);
    Image upright = ImageDecoder.decode(turned, 3);
    assertThat(upright.height()).as("a picture that is not square").isNotEqualTo(upright.width());
    write("set/images/right.png", picture(40, 30));
    write("set/masks/right.png", mask(40, 30));
    write("set/images/turned.jpg", turned);
    write("set/masks/turned.png", mask(upright.width(), upright.height()));
    write("set/images/stored.jpg", turned);
    write("set/masks/stored.png", mask(upright.height(), upright.width()));
    write("set/images/half.png", picture(40, 30));
    write("set/masks/half.png", mask(20, 15));
    write("set/images/wider.png", picture(4, 3));
    write("set/masks/wider.png", mask(5, 3));

    for (int shortSide : new int[] {0, 6}) {
      Path packed = folder.resolve("packed-" + shortSide);
      Manifest manifest =
          LocalPack.pack(
              open(SourceFormat.IMAGE_MASKS, List.of("a", "b"), "set"),
              new PackSettings(10, 0, 3, shortSide, 90, 1),
              packed);

      assertThat(manifest.examples("train")).isEqualTo(2);
      assertThat(Files.readAllLines(packed.resolve("quarantine.jsonl")))
          .satisfiesExactlyInAnyOrder(
              line -> assertThat(line).contains("\"stored.jpg\"", "mask: expected "),
              line ->
                  assertThat(line)
                      .contains("\"half.png\"", "expected 40x30 pixels, as the upright image has,")
                      .contains("found 20x15"),
              line -> assertThat(line).contains("\"wider.png\"", "found 5x3"));
    }
  }

  @Test
  void aMaskIsMadeSmallerWithItsPicture() throws IOException {
    write("set/images/a.png", picture(40, 30));
    write("set/masks/a.png", mask(40, 30));

    LocalPack.pack(
        open(SourceFormat.IMAGE_MASKS, List.of("a", "b"), "set"),
        new PackSettings(10, 0, 3, 6, 90, -1),
        folder.resolve("packed"));

    try (Dataset dataset = Dataset.open(folder.resolve("packed").toUri().toString(), CONF)) {
      SortedMap<String, byte[]> fields = dataset.read("train", 0).example().fields();
      Image mask = ImageDecoder.decode(fields.get("mask.png"), 1);
      assertThat(List.of(mask.width(), mask.height())).containsExactly(8, 6);
      assertThat(mask.pixels()).containsOnly(0, 1);
    }
  }

  private static byte[] picture(int width, int height) {
    return PngEncoder.encode(new Image(3, height, width, new byte[3 * width * height]));
  }

  /** Zeros and ones in turn. */
  private static byte[] mask(int width, int height) {
    byte[] values = new byte[width * height];
    for (int i = 0; i < values.length; i++) {
      values[i] = (byte) (i / 7 % 2);
    }
    return PngEncoder.encode(new Image(1, height, width, values));
  }

  @Test
  void masksNeedNamesOfClasses() throws IOException {
    write("set/images/a.png", Drawings.png(1));

    assertThatThrownBy(() -> open(SourceFormat.IMAGE_MASKS, List.of(), "set"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("name what the values 0, 1, ... of pixels mean with --classes");
    assertThatThrownBy(() -> open(SourceFormat.IMAGE_MASKS, List.of("a"), "set"))
        .isInstanceOf(MissingDatasetException.class)
        .hasMessageContainingAll("/set/masks: format image-masks expects images in");
  }

  @Test
  void boxesAreFractionsOfThePicture() throws IOException {
    voc("one", 100, 50, object("dog", "11", "6", "60", "25"), object("cat", "1", "1", "100", "50"));
    voc("two", 10, 10, object("cat", "1.5", "2.25", "4", "5"));
    voc("three", 10, 10, object("dog", "1", "1", "2", "2"));
    write("voc/ImageSets/Main/train.txt", utf8("two\none\n"));
    write("voc/ImageSets/Main/val.txt", utf8("three\n"));
    write("voc/ImageSets/Main/trainval.txt", utf8("one\ntwo\nthree\n"));
    for (String name : List.of("dog_train", "cat_train", "cat_val", "dog_trainval")) {
      write("voc/ImageSets/Main/" + name + ".txt", utf8("one  1\n"));
    }

    ExampleSource source = open(SourceFormat.PASCAL_VOC, List.of(), "voc");
    LocalPack.pack(source, SETTINGS, folder.resolve("packed"));

    assertThat(names(source))
        .containsExactly("JPEGImages/one.jpg", "JPEGImages/two.jpg", "JPEGImages/three.jpg");
    try (Dataset dataset = Dataset.open(folder.resolve("packed").toUri().toString(), CONF)) {
      assertThat(dataset.manifest().task()).isEqualTo(Task.DETECTION);
      assertThat(dataset.manifest().classes()).containsExactly("cat", "dog");
      assertThat(dataset.manifest().examples("validation")).isEqualTo(1);
      for (int number = 0; number < 2; number++) {
        SortedMap<String, byte[]> fields = dataset.read("train", number).example().fields();
        boolean one = new String(fields.get("name"), StandardCharsets.UTF_8).contains("one");
        JsonNode expected =
            MAPPER.readTree(
                one
                    ? "[{\"class\":1,\"box\":[0.1,0.1,0.6,0.5]},"
                        + "{\"class\":0,\"box\":[0.0,0.0,1.0,1.0]}]"
                    : "[{\"class\":0,\"box\":[0.05,0.125,0.4,0.5]}]");
        assertThat(MAPPER.readTree(fields.get("json"))).isEqualTo(expected);
      }
    }
  }

  @Test
  void annotationsThatAreHostileOrWrongAreBadExamples() {
    List<String> classes = List.of("cat");
    Path secret = folder.resolve("secret.txt");
    String entity =
        "<!DOCTYPE a [<!ENTITY x SYSTEM \""
            + secret.toUri()
            + "\">]>"
            + annotation(10, 10, object("&x;", "1", "1", "2", "2"));
    refused(entity, classes, "expected XML, found another text: DOCTYPE is disallowed");
    refused("not xml", classes, "expected XML, found another text");
    refused("<annotation/>", classes, "expected one <size> in <annotation>, found 0");
    refused(
        annotation(10, 10, object("cow", "1", "1", "2", "2")),
        classes,
        "class of an object: expected one of [cat], found cow");
    refused(
        annotation(10, 10, object("cat", "1", "1", "12", "2")),
        classes,
        "box of cat: expected one in the picture, found [0.0, 0.0, 1.2, 0.2]");
    refused(annotation(10, 10, object("cat", "5", "1", "4", "2")), classes, "box of cat");
    refused(annotation(0, 0, object("cat", "1", "1", "4", "2")), classes, "box of cat");
    refused(
        annotation(10, 10, object("cat", "NaN", "1", "4", "2")),
        classes,
        "xmin: expected a number, found 'NaN'");
    refused("<a>".repeat(200_000), classes, "expected XML");
  }

  @Test
  void aListThatNamesMissingImagesIsTold() throws IOException {
    voc("one", 10, 10, object("cat", "1", "1", "2", "2"));
    write("voc/ImageSets/Main/train.txt", utf8("one\ntwo\n"));
    write("voc/ImageSets/Main/cat_train.txt", utf8("one  1\n"));

    ExampleSource source = open(SourceFormat.PASCAL_VOC, List.of(), "voc");

    assertThatThrownBy(() -> LocalPack.rows(source))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("train.txt names 1 images that are not there, such as two");
  }

  private static void refused(String xml, List<String> classes, String reason) {
    assertThatThrownBy(() -> VocBoxes.toJson(utf8(xml), classes))
        .isInstanceOf(BadExampleException.class)
        .hasMessageContaining(reason);
  }

  private void voc(String name, int width, int height, String... objects) throws IOException {
    write("voc/JPEGImages/" + name + ".jpg", Drawings.jpeg(name.hashCode()));
    write("voc/Annotations/" + name + ".xml", utf8(annotation(width, height, objects)));
  }

  private static String annotation(int width, int height, String... objects) {
    return "<annotation><folder>VOC2012</folder><size><width>"
        + width
        + "</width><height>"
        + height
        + "</height><depth>3</depth></size>"
        + String.join("", objects)
        + "</annotation>";
  }

  private static String object(String name, String x0, String y0, String x1, String y1) {
    return "<object><name>"
        + name
        + "</name><pose>Left</pose><bndbox>\n"
        + "<xmax>"
        + x1
        + "</xmax><xmin>"
        + x0
        + "</xmin>"
        + "<ymin>"
        + y0
        + "</ymin><ymax>"
        + y1
        + "</ymax></bndbox>"
        + "<part><name>head</name><bndbox/></part></object>\n";
  }

  /** A PNG of 3x4 pixels with a palette of colours, written by another encoder. */
  private static byte[] palette(byte[] values, int bits) throws IOException {
    byte[] colours = new byte[1 << bits];
    for (int i = 0; i < colours.length; i++) {
      colours[i] = (byte) (i * 77 + 13);
    }
    IndexColorModel model =
        new IndexColorModel(bits, colours.length, colours, colours, colours.clone());
    BufferedImage image =
        new BufferedImage(
            4,
            3,
            bits == 8 ? BufferedImage.TYPE_BYTE_INDEXED : BufferedImage.TYPE_BYTE_BINARY,
            model);
    for (int i = 0; i < values.length; i++) {
      image.getRaster().setSample(i % 4, i / 4, 0, values[i] & 0xff);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    assertThat(ImageIO.write(image, "png", out)).isTrue();
    return out.toByteArray();
  }

  private ExampleSource open(SourceFormat format, List<String> classes, String root)
      throws IOException {
    return format.open(
        new SourceOptions(
            List.of(
                new SourceOptions.Input(Optional.empty(), folder.resolve(root).toUri().toString())),
            classes),
        CONF);
  }

  private static List<String> names(ExampleSource source) throws IOException {
    return LocalPack.rows(source).stream().map(Row::name).toList();
  }

  private void write(String file, byte[] content) throws IOException {
    Drawings.write(folder.resolve(file), content);
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
