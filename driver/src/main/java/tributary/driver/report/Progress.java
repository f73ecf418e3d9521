package tributary.driver.report;

import java.io.PrintStream;
import java.time.Duration;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import tributary.datasets.Checks;
import tributary.driver.round.RoundListener;
import tributary.driver.round.RoundOutcome;
import tributary.driver.round.RunState;
import tributary.worker.train.ReplicaReport;
import tributary.worker.train.RoundPlan;

/** Shows people how far a run is: one line that moves on a terminal, a line a round elsewhere. */
public abstract sealed class Progress implements RoundListener, AutoCloseable {
  private final Unit unit;
  private final long examplesToDo;
  private long examplesLeft;
  private long examplesDone;
  private long unitsDone;
  private double secondsSpent;

  private Progress(RoundPlan first, Unit unit) {
    this.unit = unit;
    this.examplesToDo =
        (first.settings().epochs() - first.position().epoch()) * epochSize(first)
            - first.position().done();
    this.examplesLeft = examplesToDo;
  }

  /**
   * Progress of a run from {@code first} on, told on standard error.
   *
   * @param terminal whether standard error is a terminal
   */
  public static Progress of(RoundPlan first, Terminal terminal, Unit unit) {
    return of(first, terminal, unit, System.err);
  }

  static Progress of(RoundPlan first, Terminal terminal, Unit unit, PrintStream out) {
    return terminal == Terminal.YES ? new Bar(first, unit, out) : new Lines(first, unit, out);
  }

  /** Whether somebody watches. */
  public enum Terminal {
    /** A terminal: a line can be redrawn. */
    YES,
    /** A file or a pipe. */
    NO;

    /** Asks the environment: the launcher looks at standard error, which Java can't. */
    public static Terminal detect() {
      return "1".equals(System.getenv("TRIBUTARY_TERMINAL")) ? YES : NO;
    }
  }

  @Override
  public final void roundFinished(RoundPlan plan, RoundOutcome outcome, RunState state) {
    examplesDone += outcome.examples();
    unitsDone += unit.count(outcome);
    examplesLeft -= done(plan, outcome);
    secondsSpent += outcome.seconds();
    show(plan, outcome);
  }

  /** Units per second over all rounds so far; waiting for evaluation and checkpoints left out. */
  public final double unitsPerSecond() {
    return unitsDone == 0 ? 0 : unitsDone / secondsSpent;
  }

  /** What is counted. */
  public final Unit unit() {
    return unit;
  }

  /** Examples trained so far. */
  public final long examples() {
    return examplesDone;
  }

  abstract void show(RoundPlan plan, RoundOutcome outcome);

  @Override
  public abstract void close();

  final Duration remaining() {
    double seconds = examplesLeft * secondsSpent / Math.max(1, examplesDone);
    return Duration.ofSeconds(Math.round(seconds));
  }

  private static long epochSize(RoundPlan plan) {
    return plan.settings().examplesPerEpoch();
  }

  /** Examples that the epoch is done with by a round. */
  private static long done(RoundPlan plan, RoundOutcome outcome) {
    return plan.examples() - outcome.leftOver();
  }

  /** Share of the epoch's examples that are done with, in percent, after this round. */
  private static long percentOfEpoch(RoundPlan plan, RoundOutcome outcome) {
    return 100 * (plan.position().done() + done(plan, outcome)) / epochSize(plan);
  }

  private static final class Lines extends Progress {
    private final PrintStream out;

    Lines(RoundPlan first, Unit unit, PrintStream out) {
      super(first, unit);
      this.out = out;
    }

    @Override
    void show(RoundPlan plan, RoundOutcome outcome) {
      out.println(
          Checks.format(
              "epoch %d/%d %3d %%  round %d  loss %.4f  %.0f %s/s  round %.1f s (compute %.1f,"
                  + " input %.1f)  left %s",
              plan.position().epoch() + 1,
              plan.settings().epochs(),
              percentOfEpoch(plan, outcome),
              plan.position().round() + 1,
              outcome.meanLossNats(),
              unit().count(outcome) / outcome.seconds(),
              unit(),
              outcome.seconds(),
              outcome.slowest(ReplicaReport::computeSeconds),
              outcome.slowest(ReplicaReport::inputSeconds),
              clock(remaining())));
    }

    @Override
    public void close() {
      out.flush();
    }

    private static String clock(Duration time) {
      return Checks.format("%d:%02d", time.toMinutes(), time.toSecondsPart());
    }
  }

  private static final class Bar extends Progress {
    private final ProgressBar bar;

    Bar(RoundPlan first, Unit unit, PrintStream out) {
      super(first, unit);
      this.bar =
          new ProgressBarBuilder()
              .setTaskName(unit == Unit.TOKENS ? "windows" : unit.toString())
              .setInitialMax(super.examplesToDo)
              .setStyle(ProgressBarStyle.ASCII)
              .setConsumer(new me.tongfei.progressbar.ConsoleProgressBarConsumer(out))
              .showSpeed()
              .build();
    }

    @Override
    void show(RoundPlan plan, RoundOutcome outcome) {
      bar.setExtraMessage(
          Checks.format(
              " loss %.4f round %.1f s (compute %.1f, input %.1f) epoch %d/%d",
              outcome.meanLossNats(),
              outcome.seconds(),
              outcome.slowest(ReplicaReport::computeSeconds),
              outcome.slowest(ReplicaReport::inputSeconds),
              plan.position().epoch() + 1,
              plan.settings().epochs()));
      bar.stepBy(done(plan, outcome));
    }

    @Override
    public void close() {
      bar.close();
    }
  }
}
