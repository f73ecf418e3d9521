package tributary.driver.cluster;

import java.util.List;

/**
 * What a finished process left behind.
 *
 * @param exitCode its exit status; 128 + n after signal n
 * @param output its standard output
 * @param errors its standard error
 */
public record Outcome(int exitCode, String output, String errors) {

  /** The last line of standard output that is not blank, where commands print their summary. */
  public String lastLine() {
    List<String> lines = output.lines().filter(line -> !line.isBlank()).toList();
    return lines.isEmpty() ? "" : lines.get(lines.size() - 1);
  }

  /** Returns this outcome, or fails with everything the process said unless it ended with 0. */
  public Outcome orFail() {
    if (exitCode != 0) {
      throw new AssertionError("The process ended with " + this);
    }
    return this;
  }

  @Override
  public String toString() {
    return "exit code "
        + exitCode
        + "\n--- standard output\n"
        + output
        + "\n--- standard error\n"
        + errors;
  }
}
