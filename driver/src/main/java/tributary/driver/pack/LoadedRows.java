package tributary.driver.pack;

import java.io.IOException;
import java.util.Iterator;
import java.util.SortedMap;
import tributary.datasets.Checks;
import tributary.datasets.source.LoadedImages;
import tributary.datasets.source.Part;
import tributary.datasets.source.Row;
import tributary.datasets.source.RowReader;

/**
 * Rows one by one, and a reader of the one that came last: by the content that it brought, else
 * where it says. For one thread.
 */
final class LoadedRows implements Iterator<Row>, RowReader {
  private final Iterator<Loaded> loaded;
  private final RowReader elsewhere;
  private Loaded last;

  /**
   * Reads what brings no content by {@code elsewhere}, which is closed with this.
   *
   * @param loaded taken from as this is
   */
  LoadedRows(Iterator<Loaded> loaded, RowReader elsewhere) {
    this.loaded = loaded;
    this.elsewhere = elsewhere;
  }

  @Override
  public boolean hasNext() {
    return loaded.hasNext();
  }

  @Override
  public Row next() {
    last = loaded.next();
    return last.row();
  }

  @Override
  public SortedMap<String, byte[]> read(Part part, Row row) throws IOException {
    Checks.argument(last.row().equals(row), "only the row that came last can be read, not %s", row);
    return last.content() == null ? elsewhere.read(part, row) : LoadedImages.fields(last.content());
  }

  @Override
  public void close() throws IOException {
    elsewhere.close();
  }
}
