package tributary.driver.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tributary.datasets.Checks;
import tributary.datasets.DataException;
import tributary.datasets.shard.Dataset;
import tributary.datasets.shard.Manifest;
import tributary.driver.checkpoint.Checkpoint;
import tributary.driver.conf.Key;
import tributary.driver.conf.Settings;
import tributary.driver.report.BadExamples;
import tributary.driver.report.Scores;
import tributary.driver.run.Datasets;
import tributary.driver.run.Models;
import tributary.driver.run.ReplicaSetups;
import tributary.driver.run.SavedRun;
import tributary.driver.spark.SparkContexts;
import tributary.worker.train.Evaluation;

/** Measures a trained network. */
@Command(
    name = "evaluate",
    description =
        "Measures a run's newest checkpoint, or the one named, on the evaluation split:"
            + " top-1, top-5, loss, confusion matrix.",
    mixinStandardHelpOptions = true)
final class EvaluateCommand implements Callable<Integer> {
  @Mixin private SettingsOptions options;
  @Mixin private OwnData ownData;
  @Mixin private Output output;

  @Option(
      names = "--run",
      required = true,
      paramLabel = "RUN",
      description = "A run folder, or one of its checkpoints: RUN/checkpoints/step-N.")
  private String run;

  @Option(
      names = "--best",
      description =
          "Of a run with training.patience or optimizer.plateau-factor: the checkpoint of its best"
              + " evaluation instead of the newest.")
  private boolean best;

  @Override
  public Integer call() throws Exception {
    Configuration hadoop = SparkContexts.hadoop();
    SavedRun saved = SavedRun.open(run, hadoop);
    Settings settings = options.settings(List.of(saved.folder().settings()));
    Checkpoint checkpoint = best ? saved.best() : saved.checkpoint();
    Path runs = saved.folder().path().getParent();
    try (Session session = new Session("evaluate", settings)) {
      Settings packed = ownData.packed(settings, runs, session::spark, hadoop);
      try (Dataset dataset = Datasets.open(packed, hadoop, List.of(Key.EVALUATION_SPLIT))) {
        print(evaluate(checkpoint, packed, dataset, session), checkpoint, dataset);
      }
    }
    return ExitCode.OK;
  }

  private static Evaluation evaluate(
      Checkpoint checkpoint, Settings settings, Dataset dataset, Session session)
      throws IOException {
    Models.requireSameClasses(
        checkpoint.trainedOn().classes(),
        dataset.manifest().classes(),
        "pack it with --classes in the model's order");
    Models.requireFits(checkpoint.model(), settings, dataset.manifest());
    Evaluation evaluation =
        ReplicaSetups.evaluator(
                session.spark(), settings, dataset, checkpoint.trainedOn(), checkpoint.model())
            .evaluate(checkpoint.state().measured());
    requireFewBad(evaluation, settings, dataset.manifest());
    return evaluation;
  }

  private static void requireFewBad(Evaluation evaluation, Settings settings, Manifest manifest)
      throws DataException {
    BadExamples bad = new BadExamples(manifest, settings.decimal(Key.MAX_BAD_FRACTION));
    bad.add(evaluation.leftOut());
    bad.requireFew();
  }

  private void print(Evaluation evaluation, Checkpoint checkpoint, Dataset dataset) {
    List<String> classes = dataset.manifest().classes();
    ObjectNode json =
        Output.object()
            .put("run", run)
            .put("step", checkpoint.position().step())
            .put("bad-examples", evaluation.leftOut().size());
    Scores scores = Scores.of(dataset.manifest());
    scores.addTo(json, evaluation);
    classes.forEach(json.putArray("classes")::add);
    ArrayNode confusion = json.putArray("confusion");
    for (long[] row : evaluation.confusion()) {
      ArrayNode cells = confusion.addArray();
      for (long count : row) {
        cells.add(count);
      }
    }
    output.print(text(evaluation, checkpoint, scores, classes), json);
  }

  private static String text(
      Evaluation evaluation, Checkpoint checkpoint, Scores scores, List<String> classes) {
    StringBuilder text =
        new StringBuilder(
            Checks.format("step %d: %s", checkpoint.position().step(), scores.text(evaluation)));
    if (!evaluation.leftOut().isEmpty()) {
      text.append(
          Checks.format(
              "%n%d bad examples left out, the first %s",
              evaluation.leftOut().size(), evaluation.leftOut().get(0).describe()));
    }
    if (!classes.isEmpty() && classes.size() <= ConfusionTable.MOST_CLASSES) {
      text.append(System.lineSeparator()).append(ConfusionTable.of(evaluation, classes));
    }
    return text.toString();
  }
}
