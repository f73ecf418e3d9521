package tributary.driver.conf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.List;
import org.junit.jupiter.api.Test;
import tributary.worker.model.RateSchedule;

class OptimizerRulesTest {
  private static final Settings DEFAULTS = Settings.of(List.of(), List.of());

  @Test
  void theDefaultsLeaveEverythingAsItIs() {
    assertThat(DEFAULTS.choice(Key.SCHEDULE, RateSchedule.Type.class))
        .isEqualTo(RateSchedule.Type.CONSTANT);
    for (Key off :
        List.of(
            Key.WARMUP_EPOCHS, Key.CLIP_NORM, Key.CLIP_VALUE, Key.PLATEAU_FACTOR, Key.EMA_DECAY)) {
      assertThat(DEFAULTS.decimal(off)).as(off.path()).isZero();
    }
    assertThat(DEFAULTS.integer(Key.PATIENCE)).isZero();
    assertThat(DEFAULTS.choice(Key.WATCH, Measure.class)).isEqualTo(Measure.ACCURACY);
  }

  @Test
  void dropsNeedALength() {
    assertThat(problemsOf("optimizer.schedule: step"))
        .containsExactly(
            "my.yaml:1: optimizer.schedule step needs optimizer.decay-epochs: after how many epochs"
                + " the rate has dropped by optimizer.decay-factor");
    assertThat(problemsOf("\noptimizer.schedule: exponential"))
        .singleElement()
        .asString()
        .startsWith("my.yaml:2: optimizer.schedule exponential needs optimizer.decay-epochs");
    assertThat(settings("optimizer: {schedule: step, decay-epochs: 0.5}")).isNotNull();
  }

  @Test
  void aRateThatFallsEndsBelowWhereItBegins() {
    assertThat(
            problemsOf(
                "optimizer: {schedule: cosine, learning-rate: 0.1, last-learning-rate: 0.1}"))
        .containsExactly(
            "my.yaml:1: optimizer.last-learning-rate: expected a number below"
                + " optimizer.learning-rate, which is 0.1, found 0.1");
  }

  @Test
  void gradientsAreClippedInOneWay() {
    assertThat(problemsOf("optimizer: {clip-norm: 1, clip-value: 0.5}"))
        .containsExactly(
            "my.yaml:1: optimizer.clip-value can't be set beside optimizer.clip-norm: set one of"
                + " them to 0");
  }

  @Test
  void whatFollowsEvaluationsNeedsThem() {
    assertThat(
            problemsOf(
                "evaluation.every-epochs: 0\ntraining.patience: 2\noptimizer.plateau-factor: 0.1"))
        .containsExactly(
            "my.yaml:2: training.patience needs evaluations between epochs: set"
                + " evaluation.every-epochs to 1 or more",
            "my.yaml:3: optimizer.plateau-factor needs evaluations between epochs: set"
                + " evaluation.every-epochs to 1 or more");
  }

  @Test
  void rangesAreTold() {
    assertThat(
            problemsOf(
                "optimizer: {schedule: linear, decay-factor: 1, clip-norm: -1, plateau-factor: 1}\n"
                    + "training: {ema-decay: 1, watch: f1, patience: -1}"))
        .containsExactly(
            "my.yaml:1: optimizer.schedule: expected one of constant, step, exponential, polynomial,"
                + " cosine, found linear",
            "my.yaml:1: optimizer.decay-factor: expected a number > 0 and < 1, found 1",
            "my.yaml:1: optimizer.clip-norm: expected a number >= 0, found -1",
            "my.yaml:1: optimizer.plateau-factor: expected a number >= 0 and < 1, found 1",
            "my.yaml:2: training.ema-decay: expected a number >= 0 and < 1, found 1",
            "my.yaml:2: training.watch: expected one of accuracy, loss, found f1",
            "my.yaml:2: training.patience: expected a whole number in 0..1000000, found -1");
  }

  @Test
  void clippingAndPlateausGoWithAModelFileThatBringsItsOwnOptimizer() {
    String text = "model.file: net.json\noptimizer: {clip-norm: 5, plateau-factor: 0.1}";
    Settings stored =
        Settings.of(List.of(new Settings.Source(settings(text).toYaml(), "conf")), List.of());
    assertThat(stored.decimal(Key.CLIP_NORM)).isEqualTo(5);
    assertThat(stored.decimal(Key.PLATEAU_FACTOR)).isEqualTo(0.1);
    assertThat(problemsOf("model.file: net.json\noptimizer.schedule: cosine"))
        .containsExactly(
            "my.yaml:2: optimizer.schedule can't be set beside model.file: the file brings its own"
                + " optimizer");
  }

  @Test
  void whatIsMeasuredChangesTheResultWhereTheLearningRateFollowsIt() {
    String plateau = "optimizer.plateau-factor: 0.1";
    String other = "\nevaluation: {every-epochs: 3, crops: 10}\ntraining.patience: 9";
    assertThat(settings(other).changedResults(DEFAULTS)).isEmpty();
    assertThat(settings(plateau + other).changedResults(settings(plateau)))
        .containsExactly(
            "evaluation.every-epochs: 1 in the run, 3 now (my.yaml:2)",
            "evaluation.crops: 1 in the run, 10 now (my.yaml:2)");
  }

  private static Settings settings(String text) {
    return Settings.of(List.of(new Settings.Source(text, "my.yaml")), List.of());
  }

  private static List<String> problemsOf(String text) {
    ConfigurationException e =
        catchThrowableOfType(ConfigurationException.class, () -> settings(text));
    assertThat(e).as(text).isNotNull();
    return e.getMessage().lines().toList();
  }
}
