package tributary.datasets.testing;

import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import tributary.datasets.Checks;
import tributary.datasets.Seeds;

/**
 * Many random trials, each with a deadline. Trial {@code n} follows from the seed and {@code n}
 * alone.
 *
 * <p>A failure tells seed, number and what was done. If the JVM itself dies, {@code
 * target/NAME.trial} holds the number, a big-endian long. To do a trial again, or more of them:
 *
 * <pre>
 * mvn -pl datasets test -Dtest='*FuzzTest' -Dfuzz.first=1234 -Dfuzz.trials=1
 * mvn -pl datasets test -Dtest='*FuzzTest' -Dfuzz.seed=2 -Dfuzz.trials=1000000
 * </pre>
 */
public final class Fuzz {
  private static final long SEED = Long.getLong("fuzz.seed", 1);
  private static final long TRIAL_SECONDS = 20;

  /** Enough to see what they have in common. */
  private static final int MOST_FAILURES = 30;

  private Fuzz() {}

  /** Something to try. */
  @FunctionalInterface
  public interface Attempt {
    /** Ends if all is as it should be, and throws if not. */
    void run() throws Exception;
  }

  /**
   * One trial.
   *
   * @param what it is, for whoever reads of its failure
   * @param attempt is made with a deadline
   */
  public record Trial(String what, Attempt attempt) {}

  /** Makes trials. */
  @FunctionalInterface
  public interface Trials {
    /** The trial that {@code random} leads to. */
    Trial next(SplittableRandom random) throws IOException;
  }

  /** Makes {@code count} trials, one after the other, and fails if any of them did. */
  public static void run(String name, int count, Trials trials) throws Exception {
    int first = Integer.getInteger("fuzz.first", 0);
    int end = first + Integer.getInteger("fuzz.trials", count);
    ExecutorService thread =
        Executors.newSingleThreadExecutor(
            work -> {
              Thread made = new Thread(work, name);
              made.setDaemon(true);
              return made;
            });
    List<AssertionError> failures = new ArrayList<>();
    try (FileChannel file = progress(name)) {
      MappedByteBuffer number = file.map(FileChannel.MapMode.READ_WRITE, 0, Long.BYTES);
      for (int i = first; i < end && failures.size() < MOST_FAILURES; i++) {
        number.putLong(0, i);
        Trial trial = trials.next(Seeds.random(SEED, i));
        String what = Checks.format("seed %d, trial %d: %s", SEED, i, trial.what());
        run(thread, trial, what, failures);
      }
    } finally {
      thread.shutdownNow();
    }
    if (!failures.isEmpty()) {
      AssertionError all =
          new AssertionError(
              failures.size() + " trials failed, the first: " + failures.get(0).getMessage());
      failures.forEach(all::addSuppressed);
      throw all;
    }
  }

  private static void run(
      ExecutorService thread, Trial trial, String what, List<AssertionError> failures)
      throws InterruptedException {
    try {
      thread
          .submit(
              () -> {
                trial.attempt().run();
                return null;
              })
          .get(TRIAL_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      failures.add(new AssertionError(what, e.getCause()));
    } catch (TimeoutException e) {
      throw new AssertionError(what + ": not finished after " + TRIAL_SECONDS + " s", e);
    }
  }

  private static FileChannel progress(String name) throws IOException {
    Path file = Files.createDirectories(Path.of("target")).resolve(name + ".trial");
    return FileChannel.open(
        file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
  }
}
