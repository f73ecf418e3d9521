package tributary.driver.conf;

import java.util.ArrayList;
import java.util.List;
import tributary.datasets.Checks;
import tributary.worker.model.RateSchedule;

/** What settings of the optimizer must keep to together. */
final class OptimizerRules {
  private final Settings settings;
  private final List<String> problems = new ArrayList<>();

  private OptimizerRules(Settings settings) {
    this.settings = settings;
  }

  /** What is wrong, each with its place and the remedy; empty if nothing is. */
  static List<String> problems(Settings settings) {
    OptimizerRules rules = new OptimizerRules(settings);
    rules.checkSchedule(settings.choice(Key.SCHEDULE, RateSchedule.Type.class));
    rules.checkClip();
    rules.checkEvaluated();
    return rules.problems;
  }

  private void checkSchedule(RateSchedule.Type type) {
    switch (type) {
      case STEP, EXPONENTIAL -> {
        if (settings.decimal(Key.DECAY_EPOCHS) == 0) {
          add(
              Key.SCHEDULE,
              "%s %s needs %s: after how many epochs the rate has dropped by %s",
              Key.SCHEDULE.path(),
              settings.text(Key.SCHEDULE),
              Key.DECAY_EPOCHS.path(),
              Key.DECAY_FACTOR.path());
        }
      }
      case POLYNOMIAL, COSINE -> {
        if (settings.decimal(Key.LAST_LEARNING_RATE) >= settings.decimal(Key.LEARNING_RATE)) {
          add(
              Key.LAST_LEARNING_RATE,
              "%s: expected a number below %s, which is %s, found %s",
              Key.LAST_LEARNING_RATE.path(),
              Key.LEARNING_RATE.path(),
              settings.decimal(Key.LEARNING_RATE),
              settings.decimal(Key.LAST_LEARNING_RATE));
        }
      }
      case CONSTANT -> {}
    }
  }

  private void checkClip() {
    if (settings.decimal(Key.CLIP_NORM) > 0 && settings.decimal(Key.CLIP_VALUE) > 0) {
      add(
          Key.CLIP_VALUE,
          "%s can't be set beside %s: set one of them to 0",
          Key.CLIP_VALUE.path(),
          Key.CLIP_NORM.path());
    }
  }

  private void checkEvaluated() {
    if (settings.integer(Key.EVALUATE_EVERY_EPOCHS) > 0) {
      return;
    }
    if (settings.integer(Key.PATIENCE) > 0) {
      needsEvaluations(Key.PATIENCE);
    }
    if (settings.decimal(Key.PLATEAU_FACTOR) > 0) {
      needsEvaluations(Key.PLATEAU_FACTOR);
    }
  }

  private void needsEvaluations(Key key) {
    add(
        key,
        "%s needs evaluations between epochs: set %s to 1 or more",
        key.path(),
        Key.EVALUATE_EVERY_EPOCHS.path());
  }

  private void add(Key key, String format, Object... values) {
    problems.add(settings.place(key) + ": " + Checks.format(format, values));
  }
}
