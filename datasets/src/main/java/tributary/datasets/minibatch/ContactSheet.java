package tributary.datasets.minibatch;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import tributary.datasets.Checks;
import tributary.datasets.Seeds;
import tributary.datasets.image.Canvas;
import tributary.datasets.image.Image;
import tributary.datasets.shard.Dataset;
import tributary.datasets.shard.ImageShape;

/**
 * A picture of what a network sees: a row for each of some examples, a column for each way to see
 * them. A function of the dataset, the columns and the seed.
 */
public final class ContactSheet {
  static final int GAP = 4;
  static final int NAME_WIDTH = 120;

  /** Smaller pictures are shown enlarged, so that titles fit above them. */
  private static final int USUAL_SIDE = 96;

  private static final int WHITE = 255;
  private static final long STREAM = 0x7368656574L;

  /** How many examples are looked at, for each one that is shown, to find all classes. */
  private static final int LOOKS = 50;

  private final Dataset dataset;
  private final String split;
  private final List<Column> columns;
  private final ImageShape shape;

  /**
   * One way to see examples.
   *
   * @param title to be written above it
   * @param preprocessing of the images; of several views the middle one is shown
   */
  public record Column(String title, Preprocessing preprocessing) {}

  /** An example that is shown. */
  private record Chosen(long number, int label) {}

  /** Columns of images of one shape. */
  public ContactSheet(Dataset dataset, String split, List<Column> columns) {
    this.dataset = dataset;
    this.split = split;
    this.columns = List.copyOf(columns);
    this.shape = columns.get(0).preprocessing().pipeline().output();
    Checks.argument(
        columns.stream().allMatch(c -> c.preprocessing().pipeline().output().equals(shape)),
        "all columns must show images of %s",
        shape);
  }

  /**
   * Draws examples of as many classes as possible, class by class, drawn by the seed from all over
   * the split.
   *
   * @param rows examples, at least 1; fewer if the split has fewer
   * @throws tributary.datasets.DataException if the dataset is damaged, or an image is
   */
  public Image draw(int rows, long seed) throws IOException {
    List<Chosen> chosen = choose(rows, seed);
    int cellHeight = Math.max(shape.height() * zoom(), 2 * Canvas.LINE_HEIGHT) + GAP;
    Canvas canvas =
        new Canvas(
            shape.channels(),
            Canvas.LINE_HEIGHT + GAP + chosen.size() * cellHeight,
            NAME_WIDTH + columns.size() * cellWidth());
    for (int row = 0; row < chosen.size(); row++) {
      Chosen example = chosen.get(row);
      int top = Canvas.LINE_HEIGHT + GAP + row * cellHeight;
      canvas.write(name(example.label()), top, 0, NAME_WIDTH - GAP);
      canvas.write("no. " + example.number(), top + Canvas.LINE_HEIGHT, 0, NAME_WIDTH - GAP);
    }
    long[] numbers = chosen.stream().mapToLong(Chosen::number).toArray();
    for (int column = 0; column < columns.size(); column++) {
      int left = NAME_WIDTH + column * cellWidth();
      canvas.write(columns.get(column).title(), 0, left, cellWidth() - GAP);
      List<Image> images = images(columns.get(column).preprocessing(), numbers);
      for (int row = 0; row < images.size(); row++) {
        int top = Canvas.LINE_HEIGHT + GAP + row * cellHeight;
        canvas.put(images.get(row), zoom(), top, left);
      }
    }
    return canvas.image();
  }

  /** Side of the square that each pixel becomes. */
  int zoom() {
    return Math.max(1, USUAL_SIDE / Math.max(shape.height(), shape.width()));
  }

  private int cellWidth() {
    return shape.width() * zoom() + GAP;
  }

  private String name(int label) {
    List<String> classes = dataset.manifest().classes();
    return label >= 0 && label < classes.size() ? classes.get(label) : "class " + label;
  }

  private List<Chosen> choose(int rows, long seed) throws IOException {
    long examples = dataset.manifest().examples(split);
    int classes = Math.max(1, dataset.manifest().classes().size());
    int fair = (rows + classes - 1) / classes;
    int looks = (int) Math.min(examples, (long) rows * LOOKS);
    SplittableRandom random = Seeds.random(seed, STREAM);
    Map<Integer, Integer> shown = new HashMap<>();
    List<Chosen> chosen = new ArrayList<>();
    List<Chosen> others = new ArrayList<>();
    for (long look : Seeds.permutation(looks, random)) {
      if (chosen.size() == rows) {
        break;
      }
      long from = look * examples / looks;
      long number = random.nextLong(from, (look + 1) * examples / looks);
      int label = dataset.read(split, number).label();
      boolean isWanted = shown.merge(label, 1, Integer::sum) <= fair;
      (isWanted ? chosen : others).add(new Chosen(number, label));
    }
    chosen.addAll(others.subList(0, Math.min(others.size(), rows - chosen.size())));
    chosen.sort(Comparator.comparingInt(Chosen::label).thenComparingLong(Chosen::number));
    return chosen;
  }

  /** Each example by itself; those that a pipeline mixes with others are one minibatch. */
  private List<Image> images(Preprocessing preprocessing, long[] numbers) throws IOException {
    int[] sizes = {numbers.length};
    if (!preprocessing.pipeline().mixing().mixesExamples()) {
      sizes = new int[numbers.length];
      Arrays.fill(sizes, 1);
    }
    int views = preprocessing.pipeline().views();
    List<Image> images = new ArrayList<>();
    try (MinibatchReader reader =
        new MinibatchReader(dataset, split, preprocessing, numbers, sizes, new ReadAhead(1, 1))) {
      while (reader.hasNext()) {
        Minibatch minibatch = reader.next();
        for (int row = (views - 1) / 2; row < minibatch.size(); row += views) {
          images.add(image(minibatch, row, preprocessing.normalization()));
        }
      }
    }
    return images;
  }

  /** Undoes the normalization. */
  private Image image(Minibatch minibatch, int row, Normalization normalization) {
    int from = row * shape.values();
    int plane = shape.height() * shape.width();
    byte[] pixels = new byte[shape.values()];
    for (int i = 0; i < pixels.length; i++) {
      float value = normalization.pixel(minibatch.features()[from + i], i / plane);
      pixels[i] = (byte) Math.max(0, Math.min(WHITE, Math.round(WHITE * value)));
    }
    return new Image(shape.channels(), shape.height(), shape.width(), pixels);
  }
}
