package tributary.datasets.minibatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tributary.datasets.augment.Crop;
import tributary.datasets.augment.Erasing;
import tributary.datasets.augment.Flip;
import tributary.datasets.augment.ImagePipeline;
import tributary.datasets.augment.Mixing;
import tributary.datasets.augment.PixelChange.ColorJitter;
import tributary.datasets.image.Canvas;
import tributary.datasets.image.Image;
import tributary.datasets.image.ImageDecoder;
import tributary.datasets.image.PngEncoder;
import tributary.datasets.minibatch.ContactSheet.Column;
import tributary.datasets.shard.Dataset;
import tributary.datasets.shard.ImageShape;
import tributary.datasets.shard.Images;
import tributary.datasets.testing.HandMade;
import tributary.datasets.testing.Photos;

@Timeout(60)
class ContactSheetTest {
  private static final ImageShape SHAPE = new ImageShape(3, 32, 24);
  private static final ImagePipeline MIDDLE = ImagePipeline.of(SHAPE, new Crop.Center(0));
  private static final ImagePipeline RANDOM =
      new ImagePipeline(
          SHAPE,
          new Crop.RandomResized(0.08),
          Flip.HORIZONTAL,
          List.of(new ColorJitter(0.4, 0.4, 0.4)),
          new Erasing(0.5));

  @TempDir Path folder;

  @Test
  void theFirstColumnIsTheMiddleOfThePictureAsItIsDecoded() throws IOException {
    try (Dataset dataset = photos(3)) {
      Image sheet = sheet(dataset, MIDDLE, RANDOM, 3).draw(3, 1);
      for (int row = 0; row < 3; row++) {
        byte[] jpeg = dataset.read("train", row).example().image().orElseThrow().getValue();
        assertThat(cell(sheet, row, 0).pixels())
            .as("row %d", row)
            .isEqualTo(cut(ImageDecoder.decode(jpeg, 3), 4, 12, SHAPE).pixels());
      }
    }
  }

  @Test
  void columnsDifferWhereEpochsDo() throws IOException {
    try (Dataset dataset = photos(6)) {
      Image changing = sheet(dataset, MIDDLE, RANDOM, 3).draw(6, 1);
      Image steady = sheet(dataset, MIDDLE, MIDDLE, 3).draw(6, 1);
      for (int row = 0; row < 6; row++) {
        for (int column = 1; column <= 3; column++) {
          assertThat(cell(steady, row, column).pixels()).isEqualTo(cell(steady, row, 0).pixels());
          assertThat(cell(changing, row, column).pixels())
              .as("row %d, column %d", row, column)
              .isNotEqualTo(cell(changing, row, 0).pixels())
              .isNotEqualTo(cell(changing, row, column - 1).pixels());
        }
      }
    }
  }

  @Test
  void mixedExamplesAreShownAsTheyAreMixedInAMinibatch() throws IOException {
    ImagePipeline mixing =
        new ImagePipeline(
            SHAPE, new Crop.Center(0), Flip.NONE, List.of(), Erasing.NONE, new Mixing(1, 0));
    try (Dataset dataset = photos(6)) {
      Image sheet = sheet(dataset, MIDDLE, mixing, 2).draw(6, 1);
      for (int epoch = 0; epoch < 2; epoch++) {
        long[] numbers = {0, 3, 1, 4, 2, 5};
        Preprocessing preprocessing = column(dataset, "", mixing, epoch).preprocessing();
        long seed = preprocessing.seedOf(numbers);
        double share = mixing.mixing().share(seed);
        int[] partners = mixing.mixing().partners(6, seed);
        for (int row = 0; row < 6; row++) {
          byte[] own = cell(sheet, row, 0).pixels();
          byte[] other = cell(sheet, partners[row], 0).pixels();
          byte[] shown = cell(sheet, row, 1 + epoch).pixels();
          for (int i = 0; i < shown.length; i++) {
            assertThat(shown[i] & 0xff)
                .as("epoch %d, row %d with row %d", epoch, row, partners[row])
                .isCloseTo(
                    (int) Math.round(share * (own[i] & 0xff) + (1 - share) * (other[i] & 0xff)),
                    within(1));
          }
        }
      }
    }
  }

  @Test
  void theSameSeedDrawsTheSameBytes() throws IOException {
    try (Dataset dataset = photos(30)) {
      byte[] once = PngEncoder.encode(sheet(dataset, MIDDLE, RANDOM, 2).draw(5, 7));
      assertThat(PngEncoder.encode(sheet(dataset, MIDDLE, RANDOM, 2).draw(5, 7))).isEqualTo(once);
      assertThat(PngEncoder.encode(sheet(dataset, MIDDLE, RANDOM, 2).draw(5, 8)))
          .isNotEqualTo(once);
    }
  }

  /** Pixels of hand-made images are their numbers, and their labels the numbers modulo 3. */
  @Test
  void rowsAreSpreadOverTheClassesAndSortedByThem() throws IOException {
    ImageShape shape = new ImageShape(1, HandMade.SIDE, HandMade.SIDE);
    try (Dataset dataset = HandMade.dataset(folder, 50, 0, 40)) {
      Image sheet =
          new ContactSheet(
                  dataset,
                  "train",
                  List.of(column(dataset, "as it is", ImagePipeline.unchanged(shape), 0)))
              .draw(6, 3);
      List<Integer> labels = new ArrayList<>();
      for (int row = 0; row < 6; row++) {
        byte[] pixels = cell(sheet, shape, row, 0).pixels();
        assertThat(pixels).containsOnly(pixels[0]);
        labels.add(pixels[0] % HandMade.CLASSES);
      }
      assertThat(labels).containsExactly(0, 0, 1, 1, 2, 2);
    }
  }

  @Test
  void aSmallSplitIsShownWhole() throws IOException {
    try (Dataset dataset = photos(2)) {
      Image sheet = sheet(dataset, MIDDLE, RANDOM, 1).draw(10, 1);
      int rows = (sheet.height() - Canvas.LINE_HEIGHT - ContactSheet.GAP) / (32 * 3 + 4);
      assertThat(rows).isEqualTo(2);
    }
  }

  @Test
  void titlesAndClassesAreWritten() throws IOException {
    try (Dataset dataset = photos(2)) {
      Image sheet = sheet(dataset, MIDDLE, RANDOM, 1).draw(2, 1);
      ImageShape line = new ImageShape(3, Canvas.LINE_HEIGHT, 60);
      assertThat(cut(sheet, 0, ContactSheet.NAME_WIDTH, line).pixels()).contains((byte) 0);
      assertThat(cut(sheet, Canvas.LINE_HEIGHT + ContactSheet.GAP, 0, line).pixels())
          .contains((byte) 0);
      assertThat(cut(sheet, 0, 0, line).pixels()).containsOnly((byte) 0xff);
    }
  }

  private Dataset photos(int count) throws IOException {
    return HandMade.photos(
        folder, i -> Photos.jpeg(48, 40, i), Optional.of(new Images.Size(40, 48)), count, 1);
  }

  private static ContactSheet sheet(
      Dataset dataset, ImagePipeline evaluation, ImagePipeline training, int epochs) {
    List<Column> columns = new ArrayList<>();
    columns.add(column(dataset, "evaluation", evaluation, 0));
    for (int epoch = 0; epoch < epochs; epoch++) {
      columns.add(column(dataset, "epoch " + epoch, training, epoch));
    }
    return new ContactSheet(dataset, "train", columns);
  }

  private static Column column(Dataset dataset, String title, ImagePipeline pipeline, int epoch) {
    Normalization normalization = Normalization.of(dataset.manifest().images().statistics());
    return new Column(title, new Preprocessing(pipeline, normalization, 42, epoch));
  }

  private static Image cell(Image sheet, int row, int column) {
    return cell(sheet, SHAPE, row, column);
  }

  /** One pixel of each of the squares that a picture's pixels became; all in one are equal. */
  private static Image cell(Image sheet, ImageShape shape, int row, int column) {
    int zoom = 96 / Math.max(shape.height(), shape.width());
    int top =
        Canvas.LINE_HEIGHT + ContactSheet.GAP + row * (shape.height() * zoom + ContactSheet.GAP);
    int left = ContactSheet.NAME_WIDTH + column * (shape.width() * zoom + ContactSheet.GAP);
    ImageShape shown =
        new ImageShape(shape.channels(), shape.height() * zoom, shape.width() * zoom);
    byte[] large = cut(sheet, top, left, shown).pixels();
    byte[] pixels = new byte[shape.values()];
    Arrays.fill(pixels, (byte) 1);
    IntStream.range(0, large.length)
        .forEach(
            i -> {
              int x = i % shown.width() / zoom;
              int y = i / shown.width() / zoom;
              int to = y * shape.width() + x;
              if (i % shown.width() % zoom == 0 && i / shown.width() % zoom == 0) {
                pixels[to] = large[i];
              } else {
                assertThat(large[i]).isEqualTo(pixels[to]);
              }
            });
    return new Image(shape.channels(), shape.height(), shape.width(), pixels);
  }

  private static Image cut(Image image, int top, int left, ImageShape shape) {
    byte[] pixels = new byte[shape.values()];
    int to = 0;
    for (int c = 0; c < shape.channels(); c++) {
      for (int y = top; y < top + shape.height(); y++) {
        int from = (c * image.height() + y) * image.width() + left;
        System.arraycopy(image.pixels(), from, pixels, to, shape.width());
        to += shape.width();
      }
    }
    return new Image(shape.channels(), shape.height(), shape.width(), pixels);
  }
}
