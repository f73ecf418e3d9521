package tributary.datasets.source;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import tributary.datasets.Checks;
import tributary.datasets.DataException;
import tributary.datasets.image.BadImageException;
import tributary.datasets.shard.BadExampleException;
import tributary.datasets.shard.MissingDatasetException;
import tributary.datasets.shard.Task;
import tributary.datasets.source.SourceFiles.Entry;

/**
 * Images that each have a file of the same name, but for its extension, that says what is in them:
 * a caption, a mask, or boxes. An image is what has the extension of one; hidden files ({@link
 * SourceFiles#isHidden}) are none.
 *
 * @param kind what is said
 * @param prefixes of the names of a split's examples, by split
 * @param parts a folder of images each
 * @param classes class names in label order; empty for captions
 */
record CompanionSource(
    Kind kind, Map<String, String> prefixes, List<Part> parts, List<String> classes)
    implements ExampleSource {
  private static final String VOC_LISTS = "ImageSets/Main";
  private static final int MAX_LIST_BYTES = 1 << 26;

  CompanionSource {
    prefixes = Map.copyOf(prefixes);
    parts = List.copyOf(parts);
    classes = List.copyOf(classes);
  }

  /** What is said of an image, and where. */
  enum Kind {
    /** {@code stamps/cat.png} and {@code stamps/cat.txt}, whose first line counts. */
    CAPTIONS("image-captions", Task.CAPTIONING, ".txt", 1 << 20),
    /** {@code images/cat.jpg} and {@code masks/cat.png}, whose pixels are classes. */
    MASKS("image-masks", Task.SEGMENTATION, ".png", SourceFiles.MAX_EXAMPLE_BYTES),
    /** {@code JPEGImages/cat.jpg} and {@code Annotations/cat.xml}, as Pascal VOC has them. */
    BOXES("pascal-voc", Task.DETECTION, ".xml", 1 << 20);

    private final String title;
    private final Task task;
    private final String extension;
    private final long maxBytes;

    Kind(String title, Task task, String extension, long maxBytes) {
      this.title = title;
      this.task = task;
      this.extension = extension;
      this.maxBytes = maxBytes;
    }

    /** The folder of a split's images. */
    private Path images(Path root) {
      return switch (this) {
        case CAPTIONS -> root;
        case MASKS -> new Path(root, "images");
        case BOXES -> new Path(root, "JPEGImages");
      };
    }

    /** The folder of what is said of the images in a folder. */
    private Path companions(Path images) {
      return switch (this) {
        case CAPTIONS -> images;
        case MASKS -> new Path(images.getParent(), "masks");
        case BOXES -> new Path(images.getParent(), "Annotations");
      };
    }

    private Map.Entry<String, byte[]> field(byte[] content, List<String> classes)
        throws IOException {
      return switch (this) {
        case CAPTIONS -> Map.entry("txt", Caption.firstLine(content));
        case MASKS -> Map.entry(Preparation.MASK, Masks.toGrey(content, classes.size()));
        case BOXES -> Map.entry("json", VocBoxes.toJson(content, classes));
      };
    }
  }

  /**
   * Finds the splits and their folders.
   *
   * @throws MissingDatasetException if a folder is missing
   * @throws DataException if classes have no names
   */
  static CompanionSource open(Kind kind, SourceOptions options, Configuration hadoop)
      throws IOException {
    List<String> classes = options.classes();
    if (kind == Kind.BOXES) {
      Path root = new Path(options.folder(kind.title));
      return pascal(root, classes.isEmpty() ? pascalClasses(root, hadoop) : classes, hadoop);
    }
    if (kind == Kind.MASKS && classes.isEmpty()) {
      throw new DataException(
          "Masks do not tell the names of their classes: name what the values 0, 1, ... of pixels"
              + " mean with --classes");
    }
    NamedRoots roots = NamedRoots.find(kind.title, options, SplitFolders::ofFiles, hadoop);
    List<Part> parts = new ArrayList<>();
    for (Map.Entry<String, Path> root : roots.folders().entrySet()) {
      Path images = kind.images(root.getValue());
      requireFolders(kind, images, hadoop);
      parts.add(Part.of(root.getKey(), images.toString(), null, 0));
    }
    return new CompanionSource(kind, roots.prefixes(), parts, classes);
  }

  private static void requireFolders(Kind kind, Path images, Configuration hadoop)
      throws IOException {
    for (Path folder : List.of(images, kind.companions(images))) {
      if (!SourceFiles.exists(folder, hadoop)) {
        throw new MissingDatasetException(
            Checks.format(
                "No folder %s: format %s expects images in %s and files %s of the same names in %s",
                folder, kind.title, images, kind.extension, kind.companions(images)));
      }
    }
  }

  /** A part for each list of images; their names need no prefix, as an image is in one list. */
  private static CompanionSource pascal(Path root, List<String> classes, Configuration hadoop)
      throws IOException {
    Path images = Kind.BOXES.images(root);
    requireFolders(Kind.BOXES, images, hadoop);
    List<Part> parts = new ArrayList<>();
    Map<String, String> prefixes = new TreeMap<>();
    for (String split : SplitFolders.ORDER) {
      if (SourceFiles.exists(vocList(root, split), hadoop)) {
        parts.add(Part.of(split, images.toString(), null, 0));
        prefixes.put(split, "JPEGImages/");
      }
    }
    if (parts.isEmpty()) {
      throw new MissingDatasetException(
          Checks.format(
              "No lists in %s: expected train.txt, val.txt or test.txt with the name of an image,"
                  + " without its extension, in each line",
              new Path(root, VOC_LISTS)));
    }
    return new CompanionSource(Kind.BOXES, prefixes, parts, classes);
  }

  private static Path vocList(Path root, String split) {
    return new Path(root, VOC_LISTS + "/" + (split.equals("validation") ? "val" : split) + ".txt");
  }

  /** There is a list of images for each class: {@code cat_train.txt}. */
  private static List<String> pascalClasses(Path root, Configuration hadoop) throws IOException {
    Path lists = new Path(root, VOC_LISTS);
    List<String> classes = new ArrayList<>();
    for (Entry entry : SourceFiles.listFiles(lists, hadoop)) {
      String name = entry.name().replaceFirst("_(train|val|trainval|test)\\.txt$", "");
      if (!name.equals(entry.name()) && !classes.contains(name)) {
        classes.add(name);
      }
    }
    if (classes.isEmpty()) {
      throw new DataException(
          Checks.format(
              "No lists such as cat_train.txt in %s, which tell the classes: name them with"
                  + " --classes",
              lists));
    }
    classes.sort(SourceFiles.byBytes());
    return classes;
  }

  @Override
  public Task task() {
    return kind.task;
  }

  @Override
  public boolean isGrouped() {
    return true;
  }

  @Override
  public Rows list(Part part, Configuration hadoop) throws IOException {
    Path folder = new Path(part.path());
    SortedMap<String, Long> images = SourceFiles.walk(folder, hadoop);
    images.keySet().removeIf(name -> !SourceFiles.isImage(extension(name)));
    if (kind == Kind.BOXES) {
      retainListed(vocList(folder.getParent(), part.split()), images, hadoop);
    }
    if (images.isEmpty()) {
      throw new DataException("No images in " + folder + " for split " + part.split());
    }
    Iterator<Map.Entry<String, Long>> each = images.entrySet().iterator();
    return () -> each.hasNext() ? row(part, each.next()) : null;
  }

  private Row row(Part part, Map.Entry<String, Long> image) {
    String name = prefixes.get(part.split()) + image.getKey();
    return new Row(0, 0, name, null, 0, image.getValue());
  }

  /** Keeps the images of a list. */
  private static void retainListed(Path list, SortedMap<String, Long> images, Configuration hadoop)
      throws IOException {
    Set<String> wanted = new HashSet<>(SourceFiles.lines(list, MAX_LIST_BYTES, hadoop));
    images.keySet().removeIf(name -> !wanted.contains(stem(name)));
    images.keySet().forEach(name -> wanted.remove(stem(name)));
    if (!wanted.isEmpty()) {
      throw new DataException(
          Checks.format(
              "The list %s names %d images that are not there, such as %s",
              list, wanted.size(), wanted.stream().min(SourceFiles.byBytes()).orElseThrow()));
    }
  }

  @Override
  public RowReader open(Configuration hadoop) {
    return new RowReader() {
      @Override
      public SortedMap<String, byte[]> read(Part part, Row row) throws IOException {
        String name = row.name().substring(prefixes.get(part.split()).length());
        Path images = new Path(part.path());
        byte[] image =
            SourceFiles.readExample(SourceFiles.below(images, name), row.bytes(), hadoop);
        SortedMap<String, byte[]> fields = new TreeMap<>(Map.of(Preparation.IMAGE, image));
        Map.Entry<String, byte[]> said = said(kind.companions(images), stem(name), hadoop);
        fields.put(said.getKey(), said.getValue());
        return fields;
      }

      @Override
      public void close() {
        // Nothing stays open.
      }
    };
  }

  private Map.Entry<String, byte[]> said(Path folder, String stem, Configuration hadoop)
      throws IOException {
    Path file = SourceFiles.below(folder, stem + kind.extension);
    if (!SourceFiles.exists(file, hadoop)) {
      throw new BadExampleException("expected a file " + file + " to say what it shows");
    }
    long bytes = SourceFiles.length(file, hadoop);
    if (bytes > kind.maxBytes) {
      throw new BadExampleException(
          Checks.format("%s has %d bytes: expected at most %d", file, bytes, kind.maxBytes));
    }
    try {
      return kind.field(SourceFiles.readExample(file, bytes, hadoop), classes);
    } catch (BadExampleException | BadImageException e) {
      throw new BadExampleException(file.getName() + ": " + e.getMessage());
    }
  }

  private static String extension(String name) {
    return name.substring(name.lastIndexOf('.') + 1);
  }

  private static String stem(String name) {
    return name.substring(0, name.lastIndexOf('.'));
  }
}
