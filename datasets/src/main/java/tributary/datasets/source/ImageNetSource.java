package tributary.datasets.source;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import tributary.datasets.Checks;
import tributary.datasets.DataException;
import tributary.datasets.shard.MissingDatasetException;
import tributary.datasets.shard.Task;

/**
 * ILSVRC2012's images as they are downloaded: an archive of class archives for the split {@code
 * train}, a flat one for {@code validation}; either alone will do. Nothing is unpacked.
 *
 * <p>A class is a WordNet id, its label the id's rank, as in torchvision and unlike the numbers of
 * the development kit. Names of examples are those of the files in the usual tree of folders:
 * {@code train/n01440764/n01440764_10026.JPEG}.
 *
 * @param folder of the files
 * @param parts a class archive in the archive of {@code train} each, in the order of classes; the
 *     archive of {@code validation}
 * @param labels where the classes of the validation images are told; null without that split
 * @param classes in label order; empty for those of the archives, sorted
 */
record ImageNetSource(
    String folder, List<Part> parts, ValidationLabels labels, List<String> classes)
    implements ExampleSource {
  private static final String TRAIN = "ILSVRC2012_img_train.tar";
  private static final String VALIDATION = "ILSVRC2012_img_val.tar";
  private static final Pattern CLASS_ARCHIVE = Pattern.compile("(?:.*/)?(n\\d{8})\\.tar");
  private static final Pattern VALIDATION_IMAGE =
      Pattern.compile("(?:.*/)?(ILSVRC2012_val_(\\d{8})\\.JPEG)");

  ImageNetSource {
    parts = List.copyOf(parts);
    classes = List.copyOf(classes);
  }

  /**
   * Finds the archives and the labels, and lists the class archives.
   *
   * @throws MissingDatasetException if both archives are missing, or the labels
   * @throws DataException if an archive is damaged
   */
  static ImageNetSource open(SourceOptions options, Configuration hadoop) throws IOException {
    Path folder = new Path(options.folder("imagenet"));
    Path train = new Path(folder, TRAIN);
    Path validation = new Path(folder, VALIDATION);
    List<Part> parts = new ArrayList<>();
    if (SourceFiles.exists(train, hadoop)) {
      parts.addAll(classArchives(train, hadoop));
    }
    ValidationLabels labels = null;
    if (SourceFiles.exists(validation, hadoop)) {
      labels = ValidationLabels.find(folder, hadoop);
      labels.read(hadoop); // what is wrong with them is told before the work begins
      long bytes = SourceFiles.length(validation, hadoop);
      parts.add(Part.of("validation", validation.toString(), null, bytes));
    }
    if (parts.isEmpty()) {
      throw new MissingDatasetException(
          Checks.format("No ImageNet in %s: expected %s, %s or both", folder, TRAIN, VALIDATION));
    }
    return new ImageNetSource(folder.toString(), parts, labels, options.classes());
  }

  private static List<Part> classArchives(Path train, Configuration hadoop) throws IOException {
    SortedMap<String, Part> archives = new TreeMap<>();
    try (TarWalk walk = TarWalk.archive(Stretch.of(train.toString(), hadoop))) {
      for (TarWalk.Member member = walk.next(); member != null; member = walk.next()) {
        Matcher name = CLASS_ARCHIVE.matcher(member.name());
        if (!name.matches()) {
          throw new DataException(
              Checks.format(
                  "Bad archive %s: expected archives of classes such as n01440764.tar, found '%s'"
                      + " at byte %d",
                  train, member.name(), member.offset()));
        }
        String id = name.group(1);
        Part part = new Part(PackPlan.TRAIN, train.toString(), id, member.offset(), member.bytes());
        if (archives.put(id, part) != null) {
          throw new DataException(
              Checks.format("Bad archive %s: it holds class %s twice", train, id));
        }
      }
    }
    if (archives.isEmpty()) {
      throw new DataException("Bad archive " + train + ": it holds no archive of a class");
    }
    return List.copyOf(archives.values());
  }

  @Override
  public Task task() {
    return Task.IMAGE_CLASSIFICATION;
  }

  @Override
  public boolean isGrouped() {
    return true;
  }

  @Override
  public Rows list(Part part, Configuration hadoop) throws IOException {
    List<String> validation = part.className() == null ? labels.read(hadoop) : List.of();
    TarWalk walk = TarWalk.archive(Stretch.of(part, hadoop));
    return new Rows() {
      @Override
      public Row next() throws IOException {
        TarWalk.Member member = walk.next();
        while (member != null && SourceFiles.isHidden(baseName(member.name()))) {
          member = walk.next();
        }
        if (member == null) {
          return null;
        }
        return part.className() == null
            ? validationRow(member, validation)
            : row(part, "train/", member, part.className());
      }

      @Override
      public void close() throws IOException {
        walk.close();
      }
    };
  }

  @Override
  public RowReader open(Configuration hadoop) {
    return PartReader.rows(
        (part, bytes) -> new TreeMap<>(Map.of(Preparation.IMAGE, bytes)), hadoop);
  }

  private Row validationRow(TarWalk.Member member, List<String> validation) throws DataException {
    Part part = parts.get(parts.size() - 1);
    Matcher name = VALIDATION_IMAGE.matcher(member.name());
    if (!name.matches()) {
      throw new DataException(
          Checks.format(
              "Bad archive %s: expected images such as ILSVRC2012_val_00000001.JPEG, found '%s' at"
                  + " byte %d",
              part.path(), member.name(), member.offset()));
    }
    int number = Integer.parseInt(name.group(2));
    if (number < 1 || number > validation.size()) {
      throw new DataException(
          Checks.format(
              "Bad archive %s: no label for %s, as %s has %d",
              part.path(), name.group(1), labels.path(), validation.size()));
    }
    return row(part, "val/", member, validation.get(number - 1));
  }

  /** Places count from the start of the file, not of an archive in it. */
  private static Row row(Part part, String prefix, TarWalk.Member member, String id) {
    return new Row(
        0,
        0,
        prefix + id + "/" + baseName(member.name()),
        id,
        part.offset() + member.offset(),
        member.bytes());
  }

  private static String baseName(String name) {
    return name.substring(name.lastIndexOf('/') + 1);
  }
}
