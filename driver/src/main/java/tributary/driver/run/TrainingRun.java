package tributary.driver.run;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tributary.datasets.Checks;
import tributary.datasets.shard.Dataset;
import tributary.datasets.shard.DatasetProfile;
import tributary.driver.checkpoint.Checkpoint;
import tributary.driver.checkpoint.CheckpointException;
import tributary.driver.conf.FailurePolicy;
import tributary.driver.conf.Key;
import tributary.driver.conf.Settings;
import tributary.driver.report.BadExamples;
import tributary.driver.report.CheckpointListener;
import tributary.driver.report.EvaluationListener;
import tributary.driver.report.LedgerFile;
import tributary.driver.report.MetricsListener;
import tributary.driver.report.MetricsLog;
import tributary.driver.report.Progress;
import tributary.driver.report.Quarantine;
import tributary.driver.report.Scores;
import tributary.driver.report.StragglerListener;
import tributary.driver.report.Watch;
import tributary.driver.round.RoundCost;
import tributary.driver.round.RoundListener;
import tributary.driver.round.RoundLoop;
import tributary.driver.round.RoundOutcome;
import tributary.driver.round.RunState;
import tributary.driver.round.SparkReplicas;
import tributary.driver.round.Watched;
import tributary.worker.model.ModelConfiguration;
import tributary.worker.model.Network;
import tributary.worker.model.ParameterLayout;
import tributary.worker.train.Evaluation;
import tributary.worker.train.LocalSteps;
import tributary.worker.train.Position;
import tributary.worker.train.RoundPlan;
import tributary.worker.train.RoundSettings;

/** A training run from its settings to its summary; a fresh run is a resumed one at round 0. */
public final class TrainingRun {
  private static final Logger LOG = LoggerFactory.getLogger(TrainingRun.class);

  private static final int MOST_LOCAL_STEPS = 1_000_000;

  private final JavaSparkContext spark;
  private final Settings settings;
  private final Dataset dataset;
  private final RunFolder folder;
  private final Progress.Terminal terminal;
  private final BooleanSupplier stop;

  /**
   * A run on {@code dataset} that keeps what it makes in {@code folder}.
   *
   * @param folder locked
   * @param stop asked after every round whether the run shall end there
   */
  public TrainingRun(
      JavaSparkContext spark,
      Settings settings,
      Dataset dataset,
      RunFolder folder,
      Progress.Terminal terminal,
      BooleanSupplier stop) {
    this.spark = spark;
    this.settings = settings;
    this.dataset = dataset;
    this.folder = folder;
    this.terminal = terminal;
    this.stop = stop;
  }

  /**
   * What a run came to.
   *
   * @param state what the last round led to
   * @param evaluation of the final state
   * @param position where it ended
   * @param examples trained in this process
   * @param unitsPerSecond over the rounds, without evaluation and checkpoints; see {@link
   *     tributary.driver.report.Unit}
   * @param seconds wall time of this process' part of the run
   * @param badExamples that the run, from its beginning, went without: the distinct ones
   * @param watched what the run's evaluations came to
   * @param endedEarly whether they ended it
   */
  public record Summary(
      RunState state,
      Evaluation evaluation,
      Position position,
      long examples,
      double unitsPerSecond,
      double seconds,
      int badExamples,
      Watched watched,
      boolean endedEarly) {}

  /**
   * Trains from the beginning: settles what is to be measured, commits a checkpoint before the
   * first round and goes on from it.
   *
   * @return empty if the run was asked to stop; its last checkpoint is then that of its last round
   */
  public Optional<Summary> start(InitialModel first) throws Exception {
    if (settings.isAuto(Key.LOCAL_STEPS)) {
      return with(measuredLocalSteps(first)).start(first);
    }
    Watch watch = new Watch(RoundSetups.watch(settings), Watched.NOTHING);
    CheckpointListener checkpoints = checkpoints(first.model(), watch);
    RunState initial = RunState.of(first.state());
    checkpoints.save(initial, Position.START);
    return train(first.model(), watch, checkpoints, initial, Position.START);
  }

  /**
   * Goes on from a checkpoint that fits: see {@link Resumption}.
   *
   * @return empty if the run was asked to stop; its last checkpoint is then that of its last round
   */
  public Optional<Summary> resume(Checkpoint checkpoint) throws Exception {
    LOG.info(
        "resuming after round {}, step {}",
        checkpoint.position().round(),
        checkpoint.position().step());
    Watch watch = new Watch(RoundSetups.watch(settings), checkpoint.watched());
    return train(
        checkpoint.model(),
        watch,
        checkpoints(checkpoint.model(), watch),
        checkpoint.state(),
        checkpoint.position());
  }

  private MetricsLog log(Path file, Position position) throws IOException {
    return MetricsLog.open(
        file,
        position.round(),
        spark.hadoopConfiguration(),
        settings.choice(Key.CHECKPOINT_ON_FAILURE, FailurePolicy.class));
  }

  private Optional<Summary> train(
      ModelConfiguration model,
      Watch watch,
      CheckpointListener checkpoints,
      RunState initial,
      Position position)
      throws Exception {
    RoundPlan first = new RoundPlan(RoundSetups.settings(settings, dataset), position);
    Scores scores = Scores.of(dataset.manifest());
    long began = System.nanoTime();
    try (MetricsLog metrics = log(folder.metrics(), position);
        MetricsLog ledger = log(folder.ledger(), position);
        Quarantine quarantine = quarantine(position);
        Progress progress = Progress.of(first, terminal, scores.unit());
        SparkReplicas replicas = RoundSetups.replicas(spark, settings, dataset, model)) {
      EvaluationListener evaluation =
          new EvaluationListener(
              ReplicaSetups.evaluator(
                  spark, settings, dataset, ReplicaSetups.profile(settings, dataset), model),
              settings.integer(Key.EVALUATE_EVERY_EPOCHS),
              metrics,
              quarantine,
              watch,
              scores);
      List<RoundListener> listeners =
          List.of(
              progress,
              quarantine,
              new MetricsListener(metrics, scores.unit()),
              new LedgerFile(ledger, Splits.trained(settings, dataset.manifest())),
              new StragglerListener(settings.decimal(Key.STRAGGLER_FACTOR)),
              evaluation,
              checkpoints,
              this::describeNext);
      describe(first);
      warnOfDeadline(first.settings().localSteps());
      RoundLoop.Trained end =
          new RoundLoop(
                  (plan, start) -> replicas.train(plan.atRate(watch.seen().rateFactor()), start),
                  RoundSetups.guard(settings, model),
                  listeners,
                  () -> stop.getAsBoolean() || watch.isOver())
              .run(first, initial);
      if (stop.getAsBoolean()) {
        checkpoints.save(end.state(), end.position());
        return Optional.empty();
      }
      return Optional.of(
          new Summary(
              end.state(),
              evaluation.ofEnd(end.state().measured()),
              end.position(),
              progress.examples(),
              progress.unitsPerSecond(),
              (System.nanoTime() - began) / 1e9,
              quarantine.count(),
              watch.seen(),
              watch.isOver()));
    }
  }

  private Quarantine quarantine(Position position) throws IOException {
    return Quarantine.open(
        folder.quarantine(),
        position.round(),
        new BadExamples(dataset.manifest(), settings.decimal(Key.MAX_BAD_FRACTION)),
        spark.hadoopConfiguration(),
        settings.choice(Key.CHECKPOINT_ON_FAILURE, FailurePolicy.class));
  }

  private TrainingRun with(Settings settled) throws CheckpointException {
    folder.store(settled);
    return new TrainingRun(spark, settled, dataset, folder, terminal, stop);
  }

  /** From here on the run is one with that number given: the clock has no say in it any more. */
  private Settings measuredLocalSteps(InitialModel first) throws Exception {
    spark.setJobDescription("measuring local steps");
    RoundSettings rounds = RoundSetups.settings(settings, dataset, LocalSteps.of(1));
    double budget = settings.decimal(Key.OVERHEAD_BUDGET);
    RoundCost cost;
    try (SparkReplicas replicas = RoundSetups.replicas(spark, settings, dataset, first.model())) {
      cost = RoundCost.measure(replicas, rounds, first.state());
    }
    int most = (int) Math.min(MOST_LOCAL_STEPS, rounds.stepsPerEpoch());
    int steps = cost.fewestSteps(budget, most);
    LOG.info(
        Checks.format(
            "%s: %d: a round takes %.3f s beside its local steps and %.3f s for each of them, which"
                + " makes %.1f %% overhead; the budget is %.1f %%%s",
            Key.LOCAL_STEPS.path(),
            steps,
            cost.overheadSeconds(),
            cost.stepSeconds(),
            100 * cost.overheadShare(steps),
            100 * budget,
            cost.overheadShare(steps) > budget ? ", but an epoch has no more steps" : ""));
    return settings.with(Key.LOCAL_STEPS, steps, "measured");
  }

  private CheckpointListener checkpoints(ModelConfiguration model, Watch watch) throws IOException {
    ParameterLayout layout = Network.layoutOf(model);
    DatasetProfile profile = ReplicaSetups.profile(settings, dataset);
    return new CheckpointListener(
        folder.checkpoints(),
        (state, position) ->
            new Checkpoint(
                model, layout, state, position, profile, settings.toYaml(), watch.seen()),
        settings.integer(Key.CHECKPOINT_EVERY_ROUNDS),
        settings.integer(Key.CHECKPOINT_KEEP),
        settings.choice(Key.CHECKPOINT_ON_FAILURE, FailurePolicy.class),
        watch);
  }

  private static void warnOfDeadline(LocalSteps localSteps) {
    if (localSteps.hasDeadline()) {
      LOG.warn(
          "{}: {}: how many steps a replica takes follows its clock, so that another run, or this"
              + " one resumed, does not come to the same bits",
          Key.ROUND_DEADLINE_SECONDS.path(),
          localSteps.deadline().toSeconds());
    }
  }

  private void describeNext(RoundPlan plan, RoundOutcome outcome, RunState state) {
    describe(outcome.next(plan));
  }

  /** Spark's own user interface then tells the story. */
  private void describe(RoundPlan plan) {
    spark.setJobDescription(
        Checks.format(
            "epoch %d/%d round %d",
            plan.position().epoch() + 1, plan.settings().epochs(), plan.position().round() + 1));
  }
}
