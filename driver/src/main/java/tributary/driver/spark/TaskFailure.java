package tributary.driver.spark;

import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What Spark's words for a failed task tell about its end.
 *
 * @param text Spark's words
 */
public record TaskFailure(String text) {
  private static final Pattern EXIT =
      Pattern.compile(
          "(?:exited with code|exit code:?|exit status:?|exitCode:?) (\\d{1,3})\\b",
          Pattern.CASE_INSENSITIVE);

  /** What Spark's executors exit with when their heap is full. */
  private static final int HEAP = 52;

  /** 128 + SIGKILL: nobody but the kernel, or who watches over a container's memory, sends it. */
  private static final int KILLED = 137;

  /** 128 + SIGABRT (how a JVM ends that has crashed), SIGBUS, SIGFPE and SIGSEGV. */
  private static final Set<Integer> CRASHES = Set.of(134, 135, 136, 139);

  /** Whether native code crashed the executor. */
  public boolean isCrash() {
    return exitCode().stream().anyMatch(CRASHES::contains);
  }

  /** The same words, and which setting to raise if memory was short. */
  public String withRemedy() {
    if (isHeap()) {
      return text
          + "; the heap is too small: raise spark.executor.memory (--spark"
          + " spark.executor.memory=SIZE; with a local master --driver-memory SIZE)"
          + " or lower training.minibatch-size";
    } else if (isNative()) {
      return text
          + "; there is too little memory beside the heap: lower training.minibatch-size or raise"
          + " spark.executor.memoryOverhead (with a local master the machine's memory)";
    } else if (exitCode().stream().anyMatch(code -> code == KILLED)) {
      return text
          + "; it was killed, as by a host or container whose memory is used up: raise"
          + " spark.executor.memoryOverhead, or lower training.minibatch-size";
    }
    return text;
  }

  /** Whether it was the JVM's heap that was full. */
  public boolean isHeap() {
    return exitCode().stream().anyMatch(code -> code == HEAP)
        || text.contains("OutOfMemoryError: Java heap space")
        || text.contains("OutOfMemoryError: GC overhead limit exceeded");
  }

  private boolean isNative() {
    return text.contains("OutOfMemoryError")
        || text.contains("can't allocate memory")
        || text.contains("bad_alloc");
  }

  private OptionalInt exitCode() {
    Matcher matcher = EXIT.matcher(text);
    return matcher.find()
        ? OptionalInt.of(Integer.parseInt(matcher.group(1)))
        : OptionalInt.empty();
  }
}
