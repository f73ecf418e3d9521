package tributary.datasets.source;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import tributary.datasets.Checks;
import tributary.datasets.DataException;
import tributary.datasets.image.Image;
import tributary.datasets.image.PngEncoder;
import tributary.datasets.shard.BadExampleException;
import tributary.datasets.shard.MissingDatasetException;
import tributary.datasets.shard.Task;

/**
 * Colour images of 32x32 pixels in the binary files of CIFAR-10 and CIFAR-100.
 *
 * <p>A file is a sequence of rows:
 *
 * <pre>
 * offset  bytes  field
 *      0      1  coarse label, in CIFAR-100 alone: not read
 *    0/1      1  label
 *    1/2   3072  pixels, [red, green, blue][32][32]
 * </pre>
 *
 * <p>They are read from the folder that they lie in, or from the tar they are downloaded as. Of one
 * that is packed by gzip, each task unpacks what comes before its rows: a second for CIFAR's sizes,
 * and no memory.
 *
 * @param kind which of the two
 * @param parts a file each
 * @param classes class names in label order
 */
record CifarSource(Kind kind, List<Part> parts, List<String> classes) implements ExampleSource {
  private static final int SIDE = 32;
  private static final int PIXELS = 3 * SIDE * SIDE;
  private static final int MAX_NAMES_BYTES = 1 << 16;

  /** Rows that are read at once when labels are listed. */
  private static final int ROWS_AT_ONCE = 100;

  CifarSource {
    parts = List.copyOf(parts);
    classes = List.copyOf(classes);
  }

  /** The two datasets: the folder that their archives unpack to, and what is in it. */
  enum Kind {
    /** Ten classes. */
    CIFAR_10("cifar10", "cifar-10-binary", "cifar-10-batches-bin", 1, 10),
    /** A hundred classes in twenty coarse ones. */
    CIFAR_100("cifar100", "cifar-100-binary", "cifar-100-binary", 2, 100);

    private final String title;
    private final String archive;
    private final String folder;
    private final int labelBytes;
    private final int classes;

    Kind(String title, String archive, String folder, int labelBytes, int classes) {
      this.title = title;
      this.archive = archive;
      this.folder = folder;
      this.labelBytes = labelBytes;
      this.classes = classes;
    }

    private String test() {
      return this == CIFAR_10 ? "test_batch.bin" : "test.bin";
    }

    private String names() {
      return this == CIFAR_10 ? "batches.meta.txt" : "fine_label_names.txt";
    }

    private List<String> train() {
      return this == CIFAR_10
          ? IntStream.rangeClosed(1, 5).mapToObj(n -> "data_batch_" + n + ".bin").toList()
          : List.of("train.bin");
    }

    private int rowBytes() {
      return labelBytes + PIXELS;
    }
  }

  /**
   * Finds the files, in the folder named, in the one that the archive makes there, or in the
   * archive itself, named or in the folder, and checks their lengths.
   *
   * @throws MissingDatasetException if a file is missing
   * @throws DataException if a file does not end with a whole row, or classes do not fit
   */
  static CifarSource open(Kind kind, SourceOptions options, Configuration hadoop)
      throws IOException {
    NamedFiles files = files(kind, new Path(options.folder(kind.title)), hadoop);
    List<Part> parts = new ArrayList<>();
    for (String name : kind.train()) {
      parts.add(part(kind, PackPlan.TRAIN, name, files));
    }
    parts.add(part(kind, "test", kind.test(), files));
    return new CifarSource(kind, parts, classes(kind, files, options.classes(), hadoop));
  }

  private static NamedFiles files(Kind kind, Path input, Configuration hadoop) throws IOException {
    if (NamedFiles.isTar(input)) {
      return NamedFiles.inTar(input, hadoop);
    }
    Path inner = new Path(input, kind.folder);
    NamedFiles files =
        NamedFiles.inFolder(SourceFiles.exists(inner, hadoop) ? inner : input, hadoop);
    for (String ending : List.of(".tar.gz", ".tar")) {
      Path archive = new Path(input, kind.archive + ending);
      if (files.find(kind.test()).isEmpty() && files.find(archive.getName()).isPresent()) {
        return NamedFiles.inTar(archive, hadoop);
      }
    }
    return files;
  }

  private static Part part(Kind kind, String split, String name, NamedFiles files)
      throws DataException {
    String file = files.describe(name);
    NamedFiles.Found found =
        files
            .find(name)
            .orElseThrow(
                () ->
                    new MissingDatasetException(
                        Checks.format(
                            "No file %s: expected %s %s of the binary version",
                            file, kind.train(), kind.test())));
    long bytes = found.bytes();
    if (bytes == 0 || bytes % kind.rowBytes() != 0) {
      throw new DataException(
          Checks.format(
              "Bad file %s: expected rows of %d bytes, found %d bytes, of which the last row, at"
                  + " byte %d, has %d",
              file,
              kind.rowBytes(),
              bytes,
              bytes - bytes % kind.rowBytes(),
              bytes % kind.rowBytes()));
    }
    return new Part(split, found.path(), null, found.offset(), bytes);
  }

  private static List<String> classes(
      Kind kind, NamedFiles files, List<String> wanted, Configuration hadoop) throws IOException {
    String names = files.describe(kind.names());
    List<String> classes = wanted;
    if (wanted.isEmpty() && files.find(kind.names()).isPresent()) {
      classes = SourceFiles.lines(files.read(kind.names(), MAX_NAMES_BYTES, hadoop));
    } else if (wanted.isEmpty()) {
      classes = IntStream.range(0, kind.classes).mapToObj(Integer::toString).toList();
    }
    SourceFiles.requireClassNames(classes, names);
    if (classes.size() != kind.classes || classes.stream().distinct().count() < kind.classes) {
      throw new DataException(
          Checks.format(
              "Bad classes%s: expected %d names that differ, found %s",
              wanted.isEmpty() ? " in " + names : " of --classes", kind.classes, classes));
    }
    return classes;
  }

  @Override
  public Task task() {
    return Task.IMAGE_CLASSIFICATION;
  }

  /** They come mixed already. */
  @Override
  public boolean isGrouped() {
    return false;
  }

  @Override
  public Rows list(Part part, Configuration hadoop) throws IOException {
    return new Listed(part.offset(), Stretch.of(part, hadoop));
  }

  @Override
  public RowReader open(Configuration hadoop) {
    return PartReader.rows((part, bytes) -> fields(bytes), hadoop);
  }

  private final class Listed implements Rows {
    private final long offset;
    private final Stretch file;
    private byte[] rows = {};
    private long start;
    private long next;

    Listed(long offset, Stretch file) {
      this.offset = offset;
      this.file = file;
    }

    @Override
    public Row next() throws IOException {
      if (next == file.length()) {
        return null;
      }
      if (next == start + rows.length) {
        start = next;
        int bytes = ROWS_AT_ONCE * kind.rowBytes();
        rows = file.read(start, (int) Math.min(bytes, file.length() - start));
      }
      int label = rows[(int) (next - start) + kind.labelBytes - 1] & 0xff;
      String name = label < classes.size() ? classes.get(label) : null;
      Row row = new Row(0, 0, null, name, offset + next, kind.rowBytes());
      next += kind.rowBytes();
      return row;
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }

  private SortedMap<String, byte[]> fields(byte[] bytes) throws BadExampleException {
    int label = bytes[kind.labelBytes - 1] & 0xff;
    if (label >= classes.size()) {
      throw new BadExampleException(
          Checks.format("label: expected 0..%d, found %d", classes.size() - 1, label));
    }
    byte[] pixels = new byte[PIXELS];
    System.arraycopy(bytes, kind.labelBytes, pixels, 0, PIXELS);
    return new TreeMap<>(
        Map.of(Preparation.IMAGE, PngEncoder.encode(new Image(3, SIDE, SIDE, pixels))));
  }
}
