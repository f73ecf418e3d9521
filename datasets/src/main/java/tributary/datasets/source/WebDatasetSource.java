package tributary.datasets.source;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import tributary.datasets.Checks;
import tributary.datasets.DataException;
import tributary.datasets.shard.BadExampleException;
import tributary.datasets.shard.MissingDatasetException;
import tributary.datasets.shard.Task;
import tributary.datasets.source.SourceFiles.Entry;

/**
 * Tars in which neighbouring files with one name, up to the first dot of its last part, are an
 * example: {@code 0000123.jpg} and {@code 0000123.cls}.
 *
 * <p>Of an example are taken: its one image, by the extensions of such; {@code cls}, the class, as
 * a number from 0 or as text; {@code txt}, a caption; {@code json}. Other files are left out.
 * Numbers are positions in {@code --classes}; without that the class of number 7 is called {@code
 * 00007}, so that names sort as numbers do.
 *
 * @param task classification if the first example has a class, else captioning
 * @param parts a tar each
 * @param classes class names in label order; empty for those found, sorted
 */
record WebDatasetSource(Task task, List<Part> parts, List<String> classes)
    implements ExampleSource {
  private static final String FORMAT = "webdataset";
  private static final String TAR = ".tar";
  private static final String CLASS = "cls";
  private static final String TEXT = "txt";
  private static final String JSON = "json";

  /** A name of a class has at most that many bytes. */
  private static final int MAX_CLASS_BYTES = 1 << 10;

  private static final Pattern NUMBER = Pattern.compile("\\d{1,5}");

  /** What tar writes before the names in its working folder. */
  private static final Pattern LEADING_DOT = Pattern.compile("^\\./");

  private static final Pattern WORD = Pattern.compile("[A-Za-z]+");

  private static final JsonMapper MAPPER =
      JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

  WebDatasetSource {
    parts = List.copyOf(parts);
    classes = List.copyOf(classes);
  }

  /**
   * Finds the tars and looks at the first example.
   *
   * <p>A tar belongs to the split that its input names, or that a word of its own name means, as in
   * {@code imagenet-train-0001.tar}; all belong to {@code train} if none means one.
   *
   * @throws MissingDatasetException if there is no tar
   * @throws DataException if only some tars' names mean splits, or the first example has neither
   *     class nor caption
   */
  static WebDatasetSource open(SourceOptions options, Configuration hadoop) throws IOException {
    Map<String, List<Part>> bySplit = new LinkedHashMap<>();
    if (options.namesSplits()) {
      for (Map.Entry<String, String> input : options.splits(FORMAT).entrySet()) {
        for (Entry tar : tars(new Path(input.getValue()), hadoop)) {
          add(bySplit, input.getKey(), tar);
        }
      }
    } else {
      addByName(bySplit, tars(new Path(options.folder(FORMAT)), hadoop));
    }
    List<Part> parts = bySplit.values().stream().flatMap(List::stream).toList();
    return new WebDatasetSource(task(parts.get(0), hadoop), parts, options.classes());
  }

  private static List<Entry> tars(Path input, Configuration hadoop) throws IOException {
    List<Entry> tars = new ArrayList<>();
    if (NamedFiles.isTar(input)) {
      requireUnpacked(input);
      tars.add(SourceFiles.file(input, hadoop));
    } else {
      for (Entry entry : SourceFiles.listFiles(input, hadoop)) {
        requireUnpacked(entry.path());
        if (entry.name().endsWith(TAR)) {
          tars.add(entry);
        }
      }
    }
    if (tars.isEmpty()) {
      throw new MissingDatasetException(
          Checks.format("No tars in %s: expected files that end in %s", input, TAR));
    }
    return tars;
  }

  /** What is packed by gzip can't be read from its middle, where the rows of most shards are. */
  private static void requireUnpacked(Path path) throws DataException {
    if (NamedFiles.isTar(path) && Stretch.isGzip(path.getName())) {
      throw new DataException(
          Checks.format(
              "The tar %s is packed by gzip, so that each shard's task would have to unpack all that"
                  + " comes before its rows; unpack it once: gunzip %s",
              path, path.getName()));
    }
  }

  private static void addByName(Map<String, List<Part>> bySplit, List<Entry> tars)
      throws DataException {
    SortedMap<String, String> splits = new TreeMap<>();
    SortedSet<String> others = new TreeSet<>();
    for (Entry tar : tars) {
      Set<String> meant = new TreeSet<>();
      for (Matcher word = WORD.matcher(tar.name()); word.find(); ) {
        SplitFolders.split(word.group()).ifPresent(meant::add);
      }
      if (meant.size() > 1) {
        throw new DataException(
            Checks.format(
                "The name of %s means the splits %s: name each split with --input SPLIT=PATH",
                tar.path(), meant));
      }
      meant.forEach(split -> splits.put(tar.name(), split));
      if (meant.isEmpty()) {
        others.add(tar.name());
      }
    }
    if (!splits.isEmpty() && !others.isEmpty()) {
      throw new DataException(
          Checks.format(
              "Some tars are named after splits, such as %s, and others are not, such as %s: name"
                  + " each split with --input SPLIT=DIR",
              splits.firstKey(), others.first()));
    }
    for (String split : SplitFolders.ORDER) {
      for (Entry tar : tars) {
        if (splits.getOrDefault(tar.name(), PackPlan.TRAIN).equals(split)) {
          add(bySplit, split, tar);
        }
      }
    }
  }

  private static void add(Map<String, List<Part>> bySplit, String split, Entry tar) {
    bySplit
        .computeIfAbsent(split, name -> new ArrayList<>())
        .add(Part.of(split, tar.path().toString(), null, tar.bytes()));
  }

  private static Task task(Part first, Configuration hadoop) throws IOException {
    try (TarExamples examples = TarExamples.archive(Stretch.of(first, hadoop))) {
      TarExamples.Group group = examples.next();
      if (group != null && group.fields().containsKey(CLASS)) {
        return Task.IMAGE_CLASSIFICATION;
      }
      if (group != null && group.fields().containsKey(TEXT)) {
        return Task.CAPTIONING;
      }
      throw new DataException(
          Checks.format(
              "Bad WebDataset %s: expected a first example with an image and .cls or .txt, found"
                  + " %s",
              first.path(), group == null ? "none" : group.fields().keySet()));
    }
  }

  /** Writers of such tars mix examples, as they are read from front to back. */
  @Override
  public boolean isGrouped() {
    return false;
  }

  @Override
  public Rows list(Part part, Configuration hadoop) throws IOException {
    Stretch tar = Stretch.of(part, hadoop);
    TarExamples examples = TarExamples.archive(tar);
    String file = new Path(part.path()).getName();
    String prefix = file.substring(0, file.length() - TAR.length()) + "/";
    return new Rows() {
      @Override
      public Row next() throws IOException {
        TarExamples.Group group = examples.next();
        return group == null
            ? null
            : new Row(
                0,
                0,
                prefix + LEADING_DOT.matcher(group.key()).replaceFirst(""),
                className(group, tar),
                group.offset(),
                group.end() - group.offset());
      }

      @Override
      public void close() throws IOException {
        examples.close();
      }
    };
  }

  @Override
  public RowReader open(Configuration hadoop) {
    return PartReader.rows(this::fields, hadoop);
  }

  /** The class if it can be told; reading says why if not. */
  private String className(TarExamples.Group group, Stretch tar) throws IOException {
    TarWalk.Member member = group.fields().get(CLASS);
    if (!task.isClassified() || member == null || member.bytes() > MAX_CLASS_BYTES) {
      return null;
    }
    try {
      return className(tar.read(member.offset(), (int) member.bytes()));
    } catch (BadExampleException e) {
      return null; // thrown again when it is read, and told with the place
    }
  }

  private String className(byte[] content) throws BadExampleException {
    String name = Caption.text("its .cls", content).strip();
    if (name.isEmpty() || name.chars().anyMatch(Character::isISOControl)) {
      throw new BadExampleException("class: expected a number or a name, found '" + name + "'");
    }
    if (!NUMBER.matcher(name).matches() || classes.contains(name)) {
      return name;
    }
    int number = Integer.parseInt(name);
    if (classes.isEmpty()) {
      return Checks.format("%05d", number);
    }
    if (number >= classes.size()) {
      throw new BadExampleException(
          Checks.format("class: expected 0..%d, found %d", classes.size() - 1, number));
    }
    return classes.get(number);
  }

  private SortedMap<String, byte[]> fields(Part part, byte[] bytes) throws IOException {
    Stretch members = Stretch.of(part.path(), bytes);
    SortedMap<String, byte[]> files = new TreeMap<>();
    try (TarExamples examples = TarExamples.members(members)) {
      TarExamples.Group group = examples.next();
      if (!group.twice().isEmpty()) {
        throw new BadExampleException("more than one of its files end in " + group.twice());
      }
      for (Map.Entry<String, TarWalk.Member> field : group.fields().entrySet()) {
        TarWalk.Member member = field.getValue();
        files.put(field.getKey(), members.read(member.offset(), (int) member.bytes()));
      }
    }
    return task.isClassified() ? classified(files) : captioned(files);
  }

  private SortedMap<String, byte[]> classified(SortedMap<String, byte[]> files)
      throws BadExampleException {
    className(require(CLASS, files));
    return taken(files);
  }

  private static SortedMap<String, byte[]> captioned(SortedMap<String, byte[]> files)
      throws BadExampleException {
    require(TEXT, files);
    return taken(files);
  }

  private static SortedMap<String, byte[]> taken(SortedMap<String, byte[]> files)
      throws BadExampleException {
    SortedMap<String, byte[]> fields = new TreeMap<>();
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      if (SourceFiles.isImage(file.getKey())
          && fields.put(Preparation.IMAGE, file.getValue()) != null) {
        throw new BadExampleException("expected one image, found several: " + files.keySet());
      }
    }
    if (fields.isEmpty()) {
      throw new BadExampleException("expected an image, found only " + files.keySet());
    }
    if (files.containsKey(TEXT)) {
      Caption.text("its .txt", files.get(TEXT));
      fields.put(TEXT, files.get(TEXT));
    }
    if (files.containsKey(JSON)) {
      requireJson(files.get(JSON));
      fields.put(JSON, files.get(JSON));
    }
    return fields;
  }

  private static byte[] require(String extension, SortedMap<String, byte[]> files)
      throws BadExampleException {
    byte[] content = files.get(extension);
    if (content == null) {
      throw new BadExampleException(
          Checks.format("expected a file .%s, found only %s", extension, files.keySet()));
    }
    return content;
  }

  private static void requireJson(byte[] content) throws BadExampleException {
    try {
      MAPPER.readTree(content);
    } catch (IOException e) {
      throw new BadExampleException("its .json is broken: " + e.getMessage());
    }
  }
}
