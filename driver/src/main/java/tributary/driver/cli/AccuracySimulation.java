package tributary.driver.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import tributary.datasets.Checks;
import tributary.driver.cli.SimulateCommand.Setting;
import tributary.driver.conf.Key;
import tributary.driver.conf.Settings;
import tributary.driver.run.Models;
import tributary.driver.simulate.Accuracy;
import tributary.driver.simulate.AccuracyChart;
import tributary.driver.simulate.AccuracyGrid;
import tributary.driver.simulate.Cell;

/** The part of {@code simulate} that trains. */
final class AccuracySimulation {
  @Option(
      names = "--replicas",
      split = ",",
      paramLabel = "R",
      description = "Numbers of replicas to train with, as in 1,2,4,8.")
  private List<Integer> replicas = new ArrayList<>();

  @Option(
      names = "--epochs",
      paramLabel = "E",
      description = "Epochs of each training (default: training.epochs).")
  private Long epochs;

  @Option(names = "--svg", paramLabel = "FILE", description = "Draws accuracy against local steps.")
  private Path svg;

  boolean isAskedFor() {
    return !replicas.isEmpty();
  }

  List<Integer> replicas() {
    return replicas;
  }

  Settings settings(Settings given) {
    return epochs == null
        ? given
        : Settings.of(
            List.of(new Settings.Source(given.toYaml(), "the settings")),
            List.of(Key.EPOCHS.path() + "=" + epochs));
  }

  void run(Setting setting, List<Cell> cells, CommandSpec spec) throws Exception {
    if (!isAskedFor()) {
      return;
    }
    List<Accuracy> accuracies =
        new AccuracyGrid(setting.spark(), setting.dataset())
            .train(
                setting.settings(),
                cells,
                accuracy -> spec.commandLine().getErr().println(line(accuracy)));
    setting.line("%s", heading());
    ArrayNode array = setting.json().putArray("accuracies");
    for (Accuracy accuracy : accuracies) {
      setting.line("%s", line(accuracy));
      add(array.addObject(), accuracy);
    }
    setting.line("");
    draw(setting, accuracies);
  }

  private static String heading() {
    return Checks.format(
        "%-9s %8s %11s %8s %9s %8s %9s",
        "outer", "replicas", "local steps", "rounds", "accuracy", "loss", "seconds");
  }

  private static String line(Accuracy accuracy) {
    Cell cell = accuracy.cell();
    String start =
        Checks.format("%-9s %8d %11d", cell.outerStepName(), cell.replicas(), cell.localSteps());
    return accuracy.isDiverged()
        ? start + " diverged"
        : start
            + Checks.format(
                " %8d %9.4f %8.4f %9.1f",
                accuracy.rounds(), accuracy.top1(), accuracy.lossNats(), accuracy.seconds());
  }

  private static void add(ObjectNode object, Accuracy accuracy) {
    object
        .put("outer-step", accuracy.cell().outerStepName())
        .put("replicas", accuracy.cell().replicas())
        .put("local-steps", accuracy.cell().localSteps())
        .put("diverged", accuracy.isDiverged());
    if (!accuracy.isDiverged()) {
      object
          .put("rounds", accuracy.rounds())
          .put("accuracy", accuracy.top1())
          .put("loss", accuracy.lossNats());
    }
    object.put("seconds", accuracy.seconds());
  }

  private void draw(Setting setting, List<Accuracy> accuracies) throws IOException {
    if (svg == null) {
      return;
    }
    String title =
        Checks.format(
            "Top-1 accuracy of %s, epochs: %d",
            modelName(setting), setting.settings().integer(Key.EPOCHS));
    Files.writeString(svg, AccuracyChart.svg(title, accuracies), StandardCharsets.UTF_8);
  }

  private static String modelName(Setting setting) {
    Settings settings = setting.settings();
    return Stream.of(Key.MODEL_FROM, Key.MODEL_FILE)
        .map(settings::text)
        .filter(name -> !name.isEmpty())
        .findFirst()
        .orElseGet(() -> Models.name(settings, setting.dataset().manifest()));
  }
}
