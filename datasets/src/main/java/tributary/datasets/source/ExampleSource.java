package tributary.datasets.source;

import java.io.IOException;
import java.io.Serializable;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import tributary.datasets.shard.Task;

/**
 * A dataset in a foreign format: opened on the driver, listed and read by tasks. Sent.
 *
 * <p>An implementation holds paths, not bytes. All its methods are pure functions of what it holds
 * and of the files; tasks may call them again.
 */
public interface ExampleSource extends Serializable {
  /** What its examples are. */
  Task task();

  /** Where its examples lie, in order. */
  List<Part> parts();

  /**
   * Class names in label order; empty if they are those that parts and rows name, sorted: the label
   * of a class is its rank, as in torchvision's {@code ImageFolder}.
   */
  List<String> classes();

  /**
   * Whether neighbours resemble each other, as in a folder of one class. Packed examples are then
   * mixed, by their names' hashes; else they keep their order.
   */
  boolean isGrouped();

  /**
   * The options that its files are read with, in words that differ where examples do; empty if
   * there are none.
   */
  default String readAs() {
    return "";
  }

  /**
   * Lists the examples of a part in order, bad ones too: {@link RowReader#read} tells those.
   *
   * @param part one of {@link #parts}
   * @return the caller closes it
   * @throws tributary.datasets.DataException if the part as a whole cannot be read
   */
  Rows list(Part part, Configuration hadoop) throws IOException;

  /** Reads examples that were listed; the caller closes it. */
  RowReader open(Configuration hadoop);
}
