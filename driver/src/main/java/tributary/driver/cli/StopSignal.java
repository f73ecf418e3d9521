package tributary.driver.cli;

import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.apache.spark.util.SignalUtils;

/**
 * SIGTERM and Ctrl-C: the first asks a run to stop after its round, a second one ends it at once.
 *
 * <p>Shutdown hooks would come too late: Spark has one that stops its context, and no exit code can
 * be chosen there.
 */
final class StopSignal implements BooleanSupplier {
  private static final int SIGNALLED = 128;

  private final AtomicReference<Name> received = new AtomicReference<>();

  private StopSignal() {}

  /** Listens from now on, until the process ends. */
  static StopSignal listen() {
    StopSignal stop = new StopSignal();
    for (Name name : Name.values()) {
      SignalUtils.register(name.name(), () -> stop.accept(name));
    }
    return stop;
  }

  /** Whether one has come. */
  @Override
  public boolean getAsBoolean() {
    return received.get() != null;
  }

  /** What a shell expects of a process that a signal ended. */
  int exitCode() {
    return SIGNALLED + received.get().number;
  }

  @Override
  public String toString() {
    return "SIG" + received.get();
  }

  /** What is not accepted goes on to the JVM, which ends. */
  private boolean accept(Name name) {
    boolean first = received.compareAndSet(null, name);
    if (first) {
      System.err.println(this + ": stopping after this round; once more to stop at once");
    }
    return first;
  }

  private enum Name {
    INT(2),
    TERM(15);

    private final int number;

    Name(int number) {
      this.number = number;
    }
  }
}
