package tributary.datasets.source;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import tributary.datasets.Checks;
import tributary.datasets.DataException;
import tributary.datasets.Storage;
import tributary.datasets.image.Image;
import tributary.datasets.image.PngEncoder;
import tributary.datasets.shard.Example;
import tributary.datasets.shard.ImageShape;
import tributary.datasets.shard.MissingDatasetException;

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
  public List<String> splits() {
    return files.stream().map(IdxSplit::name).toList();
  }

  @Override
  public long examples(String split) {
    return split(split).examples();
  }

  @Override
  public ExampleCursor open(String split, long from, long to, Configuration conf)
      throws IOException {
    IdxSplit found = split(split);
    Checks.argument(
        from >= 0 && from <= to && to <= found.examples(),
        "examples of split %s must be in 0..%d, got %d to %d",
        split,
        found.examples(),
        from,
        to);
    return new Cursor(found, imageShape, from, to, conf);
  }

  private IdxSplit split(String name) {
    return files.stream()
        .filter(split -> split.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    Checks.format("unknown split '%s'; known are %s", name, splits())));
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

  /** Reads images and labels side by side. */
  private static final class Cursor implements ExampleCursor {
    private final ImageShape shape;
    private final long to;
    private final DataInputStream images;
    private final DataInputStream labels;
    private long number;

    Cursor(IdxSplit split, ImageShape shape, long from, long to, Configuration conf)
        throws IOException {
      this.shape = shape;
      this.number = from;
      this.to = to;
      List<Integer> sizes = List.of(split.examples(), shape.height(), shape.width());
      this.images = new IdxFile(split.images(), sizes).open(from, conf);
      this.labels = new IdxFile(split.labels(), sizes.subList(0, 1)).open(from, conf);
    }

    @Override
    public boolean hasNext() {
      return number < to;
    }

    @Override
    public SourceExample next() throws IOException {
      if (!hasNext()) {
        throw new NoSuchElementException("no example after number " + (to - 1));
      }
      byte[] pixels = new byte[shape.values()];
      images.readFully(pixels);
      int label = labels.readUnsignedByte();
      byte[] png = PngEncoder.encode(new Image(1, shape.height(), shape.width(), pixels));
      String key = Checks.format("%07d", number++);
      return new SourceExample(Example.ofImage(key, "png", png, label), label);
    }

    @Override
    public void close() throws IOException {
      try (images;
          labels) {
        number = to;
      }
    }
  }
}
