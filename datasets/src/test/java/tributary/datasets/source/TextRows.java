package tributary.datasets.source;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import tributary.datasets.shard.BadExampleException;
import tributary.datasets.testing.LocalPack;
import tributary.datasets.text.TextFields;

/** What a source of text says of its rows, in words. */
final class TextRows {
  private TextRows() {}

  /** Of each row its byte, then what is in it or why it is bad. */
  static List<String> read(ExampleSource source) throws IOException {
    return read(source, LocalPack.rows(source));
  }

  /** The same of some rows, read in that order. */
  static List<String> read(ExampleSource source, List<Row> rows) throws IOException {
    List<String> told = new ArrayList<>();
    try (RowReader reader = source.open(new Configuration())) {
      for (Row row : rows) {
        told.add(row.offset() + " " + read(source, reader, row));
      }
    }
    return told;
  }

  private static String read(ExampleSource source, RowReader reader, Row row) throws IOException {
    try {
      SortedMap<String, byte[]> fields = reader.read(source.parts().get(row.part()), row);
      String texts =
          fields.values().stream().map(TextFields::text).collect(Collectors.joining("|"));
      return texts + "/" + row.className();
    } catch (BadExampleException e) {
      return e.getMessage();
    }
  }
}
