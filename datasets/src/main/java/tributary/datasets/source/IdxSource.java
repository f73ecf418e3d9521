package tributary.datasets.source;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import tributary.datasets.Checks;
import tributary.datasets.DataException;
import tributary.datasets.Storage;
import tributary.datasets.image.Image;
import tributary.datasets.image.PngEncoder;
import tributary.datasets.shard.ImageShape;
import tributary.datasets.shard.MissingDatasetException;
import tributary.datasets.shard.Task;

/**
 * Grey images in the four files of the MNIST database: Fashion-MNIST, MNIST and their kin.
 *
 * <p>Looked for are {@code train-images-idx3-ubyte} and {@code train-labels-idx1-ubyte} for the
 * split {@code train}, {@code t10k-…} for {@code test}; also with {@code .idx} for {@code -idx},
 * and each also with {@code .gz}.
 *
 * @param directory folder of the files
 * @param classes class names in label order
 * @param imageShape one channel, height and width of every image
 * @param files the two files of each split
 */
public record IdxSource(
    String directory, List<String> classes, ImageShape imageShape, List<IdxSplit> files)
    implements ExampleSource {
  public IdxSource {
    classes = List.copyOf(classes);
    files = List.copyOf(files);
  }

  /**
   * The files of one split.
   *
   * @param name {@code train} or {@code test}
   * @param images path of the image file
   * @param labels path of the label file
   * @param examples number of images and of labels, at least 1
   */
  public record IdxSplit(String name, String images, String labels, int examples)
      implements Serializable {}

  /** Opens the one folder that a user names. */
  static IdxSource open(SourceOptions options, Configuration conf) throws IOException {
    return open(options.folder("idx"), options.classes(), conf);
  }

  /**
   * Finds the four files, reads them once and checks headers, lengths, counts and labels.
   *
   * @param classNames in label order; empty for {@code "0", "1", …} up to the highest label
   * @throws MissingDatasetException if a file is missing
   * @throws DataException if a file is damaged, or they do not fit together
   */
  public static IdxSource open(String directory, List<String> classNames, Configuration conf)
      throws IOException {
    Checked train = Checked.open(directory, "train", "train", conf);
    Checked test = Checked.open(directory, "test", "t10k", conf);
    if (!train.shape().equals(test.shape())) {
      throw new DataException(
          Checks.format(
              "Bad IDX files in %s: images of train are %s, those of test are %s",
              directory, train.shape(), test.shape()));
    }
    List<String> classes = classNames;
    if (classes.isEmpty()) {
      int highest = Math.max(train.highestLabel(), test.highestLabel());
      classes = IntStream.rangeClosed(0, highest).mapToObj(Integer::toString).toList();
    }
    train.checkLabels(classes);
    test.checkLabels(classes);
    return new IdxSource(directory, classes, train.shape(), List.of(train.split(), test.split()));
  }

  @Override
  public Task task() {
    return Task.IMAGE_CLASSIFICATION;
  }

  @Override
  public List<Part> parts() {
    return files.stream()
        .map(
            split ->
                Part.of(
                    split.name(),
                    split.images(),
                    null,
                    (long) split.examples() * imageShape.values()))
        .toList();
  }

  /** They come mixed already. */
  @Override
  public boolean isGrouped() {
    return false;
  }

  @Override
  public Rows list(Part part, Configuration hadoop) throws IOException {
    IdxSplit split = split(part);
    IdxFile images = images(split);
    DataInputStream labels = new IdxFile(split.labels(), List.of(split.examples())).open(0, hadoop);
    return new Rows() {
      private int number;

      @Override
      public Row next() throws IOException {
        if (number == split.examples()) {
          return null;
        }
        String name = classes.get(labels.readUnsignedByte());
        long offset = images.offset(number);
        return new Row(0, number++, null, name, offset, images.itemBytes());
      }

      @Override
      public void close() throws IOException {
        labels.close();
      }
    };
  }

  @Override
  public RowReader open(Configuration hadoop) {
    return new Reader(hadoop);
  }

  private IdxFile images(IdxSplit split) {
    return new IdxFile(
        split.images(), List.of(split.examples(), imageShape.height(), imageShape.width()));
  }

  private IdxSplit split(Part part) {
    return files.stream()
        .filter(split -> split.name().equals(part.split()))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no part of this source: " + part));
  }

  /** One split whose files were read and found whole. */
  private record Checked(IdxSplit split, ImageShape shape, int highestLabel) {
    static Checked open(String directory, String split, String prefix, Configuration conf)
        throws IOException {
      IdxFile images =
          IdxFile.check(find(directory, prefix + "-images", "idx3-ubyte", conf), 3, conf);
      IdxFile labels =
          IdxFile.check(find(directory, prefix + "-labels", "idx1-ubyte", conf), 1, conf);
      if (images.items() != labels.items()) {
        throw new DataException(
            Checks.format(
                "Bad IDX files: %s holds %d images, %s holds %d labels",
                images.path(), images.items(), labels.path(), labels.items()));
      }
      return new Checked(
          new IdxSplit(split, images.path(), labels.path(), images.items()),
          new ImageShape(1, images.sizes().get(1), images.sizes().get(2)),
          highestLabel(labels, conf));
    }

    void checkLabels(List<String> classes) throws DataException {
      if (highestLabel >= classes.size()) {
        throw new DataException(
            Checks.format(
                "Bad IDX file %s: expected labels in 0..%d for classes %s, found %d",
                split.labels(), classes.size() - 1, classes, highestLabel));
      }
    }

    private static int highestLabel(IdxFile labels, Configuration conf) throws IOException {
      int highest = 0;
      try (DataInputStream in = labels.open(0, conf)) {
        for (byte label : in.readAllBytes()) {
          highest = Math.max(highest, label & 0xff);
        }
      }
      return highest;
    }

    private static String find(String directory, String stem, String kind, Configuration conf)
        throws IOException {
      FileSystem fs = Storage.fileSystem(new Path(directory), conf);
      List<String> names = new ArrayList<>();
      for (String separator : List.of("-", ".")) {
        for (String ending : List.of("", ".gz")) {
          names.add(stem + separator + kind + ending);
        }
      }
      for (String name : names) {
        Path file = new Path(directory, name);
        if (fs.exists(file)) {
          return file.toString();
        }
      }
      throw new MissingDatasetException(
          Checks.format(
              "No IDX dataset in %s: expected one of %s; deploy/fetch gets one", directory, names));
    }
  }

  /** Reads on where it stands; another place is looked for from the file's beginning. */
  private final class Reader implements RowReader {
    private final Configuration hadoop;
    private DataInputStream in;
    private Part part;
    private long next;

    Reader(Configuration hadoop) {
      this.hadoop = hadoop;
    }

    @Override
    public SortedMap<String, byte[]> read(Part wanted, Row row) throws IOException {
      if (!wanted.equals(part) || row.number() != next) {
        close();
        in = images(split(wanted)).open(row.number(), hadoop);
        part = wanted;
      }
      byte[] pixels = new byte[imageShape.values()];
      in.readFully(pixels);
      next = row.number() + 1;
      SortedMap<String, byte[]> fields = new TreeMap<>();
      fields.put(
          Preparation.IMAGE,
          PngEncoder.encode(new Image(1, imageShape.height(), imageShape.width(), pixels)));
      return fields;
    }

    @Override
    public void close() throws IOException {
      if (in != null) {
        in.close();
      }
      part = null;
    }
  }
}
