package tributary.driver.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import tributary.datasets.Checks;
import tributary.datasets.Storage;
import tributary.datasets.shard.Dataset;
import tributary.driver.checkpoint.Checkpoint;
import tributary.driver.checkpoint.CheckpointStore;
import tributary.driver.conf.Key;
import tributary.driver.conf.Settings;
import tributary.driver.report.Progress;
import tributary.driver.report.Scores;
import tributary.driver.round.Watched;
import tributary.driver.run.Datasets;
import tributary.driver.run.InitialModel;
import tributary.driver.run.Models;
import tributary.driver.run.Resumption;
import tributary.driver.run.RunFolder;
import tributary.driver.run.SavedRun;
import tributary.driver.run.TrainingRun;
import tributary.driver.run.TrainingRun.Summary;
import tributary.driver.spark.SparkContexts;
import tributary.worker.model.StateHash;

/** Trains a network. */
@Command(
    name = "train",
    description =
        "Trains a network on a packed dataset, on a folder of images, which it packs first, or goes on"
            + " with a run.",
    mixinStandardHelpOptions = true)
final class TrainCommand implements Callable<Integer> {
  private static final List<Key> SPLITS = List.of(Key.TRAIN_SPLIT, Key.EVALUATION_SPLIT);

  @Spec private CommandSpec spec;
  @Mixin private SettingsOptions options;
  @Mixin private OwnData ownData;
  @Mixin private Output output;

  @Option(
      names = "--run",
      paramLabel = "DIR",
      description = "Folder of the new run (default: one named by recipe and time in run.folder).")
  private String run;

  @Option(
      names = "--resume",
      paramLabel = "RUN",
      description =
          "Goes on with a run from its newest whole checkpoint, or from the one named:"
              + " RUN/checkpoints/step-N.")
  private String resume;

  @Option(
      names = "--allow-changes",
      description =
          "With --resume: go on although settings or data that determine the result have changed;"
              + " every change is warned of.")
  private boolean allowChanges;

  @Option(
      names = "--print-conf",
      description = "Print the effective settings, each with its origin, and stop.")
  private boolean printConf;

  @Override
  public Integer call() throws Exception {
    if (run != null && resume != null) {
      throw new ParameterException(
          spec.commandLine(), "--run names a new run, --resume an old one: give one of them");
    }
    if (allowChanges && resume == null) {
      throw new ParameterException(
          spec.commandLine(), "--allow-changes is about a run that goes on: give --resume, too");
    }
    Configuration hadoop = SparkContexts.hadoop();
    SavedRun saved = resume == null ? null : SavedRun.open(resume, hadoop);
    Settings settings =
        options.settings(saved == null ? List.of() : List.of(saved.folder().settings()));
    if (printConf) {
      spec.commandLine().getOut().print(settings.toYaml());
      spec.commandLine().getOut().flush();
      return ExitCode.OK;
    }
    String path = run == null ? newFolder(settings) : run;
    try (Session session = new Session("train", settings)) {
      Settings packed = ownData.packed(settings, runs(saved, path, hadoop), session::spark, hadoop);
      try (Dataset dataset = Datasets.open(packed, hadoop, SPLITS)) {
        return saved == null
            ? start(path, packed, dataset, session, hadoop)
            : resume(saved, packed, dataset, session, hadoop);
      }
    }
  }

  /** The folder that the run's folder lies in. */
  private static Path runs(SavedRun saved, String path, Configuration hadoop) throws IOException {
    Path folder =
        saved == null
            ? Storage.fileSystem(new Path(path), hadoop).makeQualified(new Path(path))
            : saved.folder().path();
    return folder.isRoot() ? folder : folder.getParent();
  }

  private int start(
      String path, Settings settings, Dataset dataset, Session session, Configuration hadoop)
      throws Exception {
    InitialModel first = Models.initial(settings, dataset.manifest(), hadoop);
    try (RunFolder folder = RunFolder.create(path, settings, hadoop)) {
      return train(settings, dataset, folder, session, trainingRun -> trainingRun.start(first));
    }
  }

  private int resume(
      SavedRun saved, Settings settings, Dataset dataset, Session session, Configuration hadoop)
      throws Exception {
    try (RunFolder folder = saved.folder().locked(settings)) {
      Resumption resumption = new Resumption(saved.checkpoint(), settings, dataset);
      Checkpoint checkpoint = allowChanges ? resumption.changed(hadoop) : resumption.unchanged();
      folder.store(settings);
      return train(
          settings, dataset, folder, session, trainingRun -> trainingRun.resume(checkpoint));
    }
  }

  private int train(
      Settings settings, Dataset dataset, RunFolder folder, Session session, Training training)
      throws Exception {
    StopSignal stop = StopSignal.listen();
    Optional<Summary> summary;
    try (session) {
      summary =
          training.of(
              new TrainingRun(
                  session.spark(), settings, dataset, folder, Progress.Terminal.detect(), stop));
    }
    if (summary.isEmpty()) {
      spec.commandLine().getErr().println(stopped(stop, folder));
      return stop.exitCode();
    }
    print(folder, summary.get(), Scores.of(dataset.manifest()));
    return ExitCode.OK;
  }

  private static String stopped(StopSignal stop, RunFolder folder) {
    return Checks.format(
        "Stopped by %s with a checkpoint; to go on: deploy/tributary train --resume %s",
        stop, folder.display());
  }

  /** How a run begins. */
  private interface Training {
    Optional<Summary> of(TrainingRun run) throws Exception;
  }

  /** The clock names a folder; nothing that is computed depends on it. */
  private String newFolder(Settings settings) {
    String time =
        LocalDateTime.now(java.time.ZoneId.systemDefault())
            .format(DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss", Locale.ROOT));
    return settings.text(Key.RUN_FOLDER) + "/" + options.runName(settings) + "-" + time;
  }

  private void print(RunFolder folder, Summary summary, Scores scores) {
    ObjectNode json =
        Output.object()
            .put("run", folder.display())
            .put("rounds", summary.position().round())
            .put("steps", summary.position().step())
            .put("examples", summary.examples())
            .put(scores.unit().perSecond(), summary.unitsPerSecond())
            .put("seconds", summary.seconds())
            .put("parameters-sha256", StateHash.sha256(summary.state().model().parameters()))
            .put("bad-examples", summary.badExamples());
    scores.addMeasures(json, summary.evaluation());
    if (summary.state().smoothed().length > 0) {
      json.put("ema-sha256", StateHash.sha256(summary.state().smoothed()));
    }
    StringBuilder text = new StringBuilder("Run " + folder.display());
    text.append(Checks.format("%n  %s", scores.text(summary.evaluation())));
    text.append(
        Checks.format(
            "%n  %d rounds at %.0f %s/s, %.0f s in all",
            summary.position().round(),
            summary.unitsPerSecond(),
            scores.unit(),
            summary.seconds()));
    if (summary.badExamples() > 0) {
      text.append(
          Checks.format(
              "%n  %d bad examples left out: see quarantine.jsonl there", summary.badExamples()));
    }
    if (summary.watched().hasBest()) {
      tellBest(folder, summary, text, json);
    }
    output.print(text.toString(), json);
  }

  private static void tellBest(
      RunFolder folder, Summary summary, StringBuilder text, ObjectNode json) {
    Watched watched = summary.watched();
    String checkpoint =
        folder.display() + "/checkpoints/" + CheckpointStore.name(watched.bestStep());
    text.append(
        Checks.format(
            "%n  %sbest evaluation %.4f: %s",
            summary.endedEarly() ? "ended early by training.patience; " : "",
            watched.best(),
            checkpoint));
    json.put("ended-early", summary.endedEarly())
        .putObject("best")
        .put("value", watched.best())
        .put("step", watched.bestStep())
        .put("checkpoint", checkpoint);
  }
}
