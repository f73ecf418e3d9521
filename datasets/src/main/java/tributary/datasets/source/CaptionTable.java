package tributary.datasets.source;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import tributary.datasets.Checks;
import tributary.datasets.DataException;
import tributary.datasets.shard.Task;
import tributary.datasets.text.TextFields;

/**
 * A table of captions as a whole, in memory: rows of one image may stand apart.
 *
 * @param images what is said of each, by its path below the table's folder, in the order of their
 *     first rows
 * @param bad reasons why rows cannot be used, by the byte where they start
 */
record CaptionTable(Map<String, Said> images, SortedMap<Long, String> bad) {
  /**
   * What is said of an image.
   *
   * @param offset byte of the table where its first row starts
   * @param line of that row, from 1
   * @param captions in the order of their rows, a line each
   */
  record Said(long offset, long line, List<String> captions) {}

  /** Whether a file is a table, by the ending of its name. */
  static boolean isTable(String name) {
    return Recognition.ofTable(name).isPresent();
  }

  /**
   * Opens a table and reads its header.
   *
   * @throws DataException if it lacks a column
   */
  static RecordFile open(String path, TextOptions options, Configuration hadoop)
      throws IOException {
    SourceFormat table = Recognition.ofTable(path).orElseThrow();
    return new RecordFile(
        path, table.rows(Task.CAPTIONING, options), options.maxLineBytes(), hadoop);
  }

  /** Reads a table to its end. */
  static CaptionTable read(String path, TextOptions options, Configuration hadoop)
      throws IOException {
    CaptionTable table = new CaptionTable(new LinkedHashMap<>(), new TreeMap<>());
    try (RecordFile file = open(path, options, hadoop);
        LineNumbers numbers = new LineNumbers(path, hadoop)) {
      for (TextRecord row = file.next(); row != null; row = file.next()) {
        long offset = row.offset();
        long line = numbers.at(offset);
        try {
          table.add(offset, line, file.parse(row).fields());
        } catch (BadRecordException e) {
          table.bad.put(offset, Checks.format("line %d: %s", line + e.line(), e.getMessage()));
        }
      }
    }
    return table;
  }

  private void add(long offset, long line, SortedMap<String, byte[]> fields) {
    images
        .computeIfAbsent(
            TextFields.text(fields.get(Preparation.IMAGE)),
            image -> new Said(offset, line, new ArrayList<>()))
        .captions()
        .add(TextFields.text(fields.get(TextFields.TEXT)));
  }
}
