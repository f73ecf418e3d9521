package tributary.driver.simulate;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import tributary.driver.conf.Key;
import tributary.driver.conf.Settings;
import tributary.worker.train.OuterStepType;

/**
 * What one run of a grid has of its own; everything else all runs have in common.
 *
 * @param replicas model copies that are averaged
 * @param localSteps optimizer steps between two averages
 * @param outerStep what follows an average
 */
public record Cell(int replicas, int localSteps, OuterStepType outerStep) {
  /** Every combination: outer step by outer step, then by replicas, then by local steps. */
  public static List<Cell> grid(
      List<Integer> replicas, List<Integer> localSteps, List<OuterStepType> outerSteps) {
    List<Cell> cells = new ArrayList<>();
    for (OuterStepType outerStep : outerSteps) {
      for (int count : replicas) {
        for (int steps : localSteps) {
          cells.add(new Cell(count, steps, outerStep));
        }
      }
    }
    return cells;
  }

  /**
   * The settings of this cell's run.
   *
   * @throws tributary.driver.conf.ConfigurationException if a value is out of its setting's range
   */
  public Settings of(Settings common) {
    return Settings.of(
        List.of(new Settings.Source(common.toYaml(), "the settings")),
        List.of(
            Key.REPLICAS.path() + "=" + replicas,
            Key.LOCAL_STEPS.path() + "=" + localSteps,
            Key.OUTER_STEP.path() + "=" + outerStepName()));
  }

  /** The outer step as settings name it. */
  public String outerStepName() {
    return outerStep.name().toLowerCase(Locale.ROOT);
  }
}
