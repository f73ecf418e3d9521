package tributary.datasets.source;

import java.io.IOException;
import java.io.Serializable;
import tributary.datasets.shard.Task;

/** How a file is cut into records, and what a record says. Holds options, no files. Sent. */
interface RecordFormat extends Serializable {
  /** What its examples are. */
  Task task();

  /**
   * The records of one file.
   *
   * @param lines at the file's beginning; a header is read
   * @throws tributary.datasets.DataException if the file as a whole cannot be used
   */
  RecordParser parser(LineReader lines) throws IOException;
}
