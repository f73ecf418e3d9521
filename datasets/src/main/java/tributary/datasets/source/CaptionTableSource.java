package tributary.datasets.source;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import tributary.datasets.Checks;
import tributary.datasets.DataException;
import tributary.datasets.shard.BadExampleException;
import tributary.datasets.shard.Task;
import tributary.datasets.source.FilesBelow.Found;
import tributary.datasets.text.TextFields;

/**
 * Images that a table names in one column and describes in another; see {@link Recognition#ofTable}
 * for the tables. Sent.
 *
 * <p>Rows of one image are captions of one example: a line each, in the order of the rows. With one
 * row an image, examples are those of {@link CompanionSource} over the table's folder, where each
 * image has its caption in a file beside it. A row that cannot be used is a bad example of its own.
 *
 * @param options of the tables
 * @param prefixes of the names of a split's examples, by split: names are paths below the table's
 *     folder, and start with the split where the user names it
 * @param parts a table each, and each of another split
 * @param classes as the user names them; captions have none
 */
record CaptionTableSource(
    TextOptions options, Map<String, String> prefixes, List<Part> parts, List<String> classes)
    implements ExampleSource {
  CaptionTableSource {
    prefixes = Map.copyOf(prefixes);
    parts = List.copyOf(parts);
    classes = List.copyOf(classes);
  }

  /**
   * Whether an input is a table, or a folder with one that is called {@code train}; captions are
   * else in files beside images.
   */
  static boolean isNamed(SourceOptions options, Configuration hadoop) throws IOException {
    for (SourceOptions.Input input : options.inputs()) {
      Path path = new Path(input.path());
      if (CaptionTable.isTable(path.getName())
          || (input.split().isEmpty() && holdsTables(path, hadoop))) {
        return true;
      }
    }
    return false;
  }

  private static boolean holdsTables(Path folder, Configuration hadoop) throws IOException {
    return SourceFiles.exists(folder, hadoop)
        && SourceFiles.listFiles(folder, hadoop).stream()
            .map(SourceFiles.Entry::name)
            .filter(CaptionTable::isTable)
            .anyMatch(name -> TextFiles.split(name).filter(PackPlan.TRAIN::equals).isPresent());
  }

  /**
   * Finds the table of each split and reads their headers.
   *
   * @throws DataException if a split has two, an input has none, or one lacks a column
   */
  static CaptionTableSource open(SourceOptions options, Configuration hadoop) throws IOException {
    Map<String, String> prefixes = new TreeMap<>();
    List<Part> parts = new ArrayList<>();
    for (SourceOptions.Input input : options.inputs()) {
      for (TextFiles.Entry table : tables(input, options, hadoop)) {
        String split = table.split();
        if (prefixes.put(split, input.split().map(name -> name + "/").orElse("")) != null) {
          throw new DataException(
              Checks.format(
                  "Split %s has more than one table of captions, such as %s: put them together, as"
                      + " captions of one image must not stand apart, or name one with --input"
                      + " %s=TABLE",
                  split, table.path(), split));
        }
        CaptionTable.open(table.path(), options.text(), hadoop).close();
        parts.add(Part.of(split, table.path(), null, table.status().getLen()));
      }
    }
    return new CaptionTableSource(options.text(), prefixes, parts, options.classes());
  }

  private static List<TextFiles.Entry> tables(
      SourceOptions.Input input, SourceOptions options, Configuration hadoop) throws IOException {
    SourceOptions alone = new SourceOptions(List.of(input), options.classes(), options.text());
    List<TextFiles.Entry> tables =
        TextFiles.find(alone, hadoop).stream()
            .filter(entry -> entry.status().isFile() && CaptionTable.isTable(entry.path()))
            .toList();
    if (tables.isEmpty()) {
      throw new DataException(
          Checks.format(
              "No table of captions in %s: where one input is a table, expected each to be a file"
                  + " .csv, .tsv or .jsonl, or a folder with train.csv",
              input));
    }
    return tables;
  }

  @Override
  public Task task() {
    return Task.CAPTIONING;
  }

  /** Tables are often sorted by what is shown; and where they are not, mixing does no harm. */
  @Override
  public boolean isGrouped() {
    return true;
  }

  @Override
  public String readAs() {
    return options.toString();
  }

  @Override
  public Rows list(Part part, Configuration hadoop) throws IOException {
    Opened opened = new Opened(part, hadoop);
    Iterator<Map.Entry<String, CaptionTable.Said>> images =
        opened.table.images().entrySet().iterator();
    Iterator<Long> bad = opened.table.bad().keySet().iterator();
    return () -> {
      if (images.hasNext()) {
        return opened.row(images.next());
      }
      return bad.hasNext() ? new Row(0, 0, null, null, bad.next(), 0) : null;
    };
  }

  @Override
  public RowReader open(Configuration hadoop) {
    Map<Part, Opened> opened = new HashMap<>();
    return new RowReader() {
      @Override
      public SortedMap<String, byte[]> read(Part part, Row row) throws IOException {
        Opened table = opened.get(part);
        if (table == null) {
          table = new Opened(part, hadoop);
          opened.put(part, table);
        }
        if (row.name() == null) {
          throw table.reason(row);
        }
        return table.fields(row);
      }

      @Override
      public void close() {
        // Nothing stays open.
      }
    };
  }

  /** A table that was read, and the files around it. */
  private final class Opened {
    private final Configuration hadoop;
    private final String path;
    private final Path folder;
    private final String prefix;
    private final CaptionTable table;
    private final FilesBelow files;

    Opened(Part part, Configuration hadoop) throws IOException {
      this.hadoop = hadoop;
      this.path = part.path();
      this.folder = new Path(path).getParent();
      this.prefix = prefixes.get(part.split());
      this.table = CaptionTable.read(path, options, hadoop);
      this.files = new FilesBelow(folder, hadoop);
    }

    /** Of an image that is there or not. */
    Row row(Map.Entry<String, CaptionTable.Said> image) throws IOException {
      Optional<Found> file = files.file(image.getKey());
      return new Row(
          0,
          0,
          prefix + file.map(Found::name).orElse(image.getKey()),
          null,
          image.getValue().offset(),
          file.map(found -> found.entry().bytes()).orElse(0L));
    }

    SortedMap<String, byte[]> fields(Row row) throws IOException {
      String name = row.name().substring(prefix.length());
      CaptionTable.Said said = table.images().get(TextDecoder.normalized(name));
      if (said == null || said.offset() != row.offset()) {
        throw changed(row);
      }
      if (row.bytes() == 0 && files.file(name).isEmpty()) {
        throw new BadExampleException(
            Checks.format(
                "line %d: there is no image %s in %s, where neither hidden files nor links to"
                    + " folders count",
                said.line(), name, folder));
      }
      byte[] image = SourceFiles.readExample(SourceFiles.below(folder, name), row.bytes(), hadoop);
      String captions = String.join("\n", said.captions());
      return new TreeMap<>(
          Map.of(
              Preparation.IMAGE,
              image,
              TextFields.TEXT,
              captions.getBytes(StandardCharsets.UTF_8)));
    }

    /** Why a row of the table cannot be used. */
    DataException reason(Row row) {
      String reason = table.bad().get(row.offset());
      return reason == null ? changed(row) : new BadExampleException(reason);
    }

    private DataException changed(Row row) {
      return new DataException(
          Checks.format(
              "%s has changed since it was listed: no such row at byte %d any more",
              path, row.offset()));
    }
  }
}
