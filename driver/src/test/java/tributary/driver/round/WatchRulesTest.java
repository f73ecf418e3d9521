package tributary.driver.round;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tributary.datasets.Seeds;
import tributary.driver.conf.Measure;
import tributary.worker.train.Evaluation;

class WatchRulesTest {
  /** Accuracies in percent; where the run ends, and which evaluation was the best, from 1. */
  @ParameterizedTest
  @CsvSource({
    "50 60 70 80 90, 0, 2, 0, 5",
    "50 60 60 55 90, 0, 2, 4, 2",
    "50 40 60 50 59 99, 0, 2, 5, 3",
    "50 51 52 53 54 55, 0.02, 2, 0, 5",
    "50 51 51 51 54 55, 0.02, 3, 4, 1",
    "50 40 40 40, 0, 0, 0, 1",
    "90 80, 0, 1, 2, 1"
  })
  void patienceEndsWhereSoManyEvaluationsInARowWereNoBetter(
      String accuracies, double minImprovement, int patience, int end, int best) {
    // An unused factor, so that evaluations are watched without patience, too.
    WatchRules rules = new WatchRules(Measure.ACCURACY, minImprovement, patience, 1000, 0.5);
    Watched watched = Watched.NOTHING;
    int made = 0;
    for (String accuracy : accuracies.split(" ", -1)) {
      watched = rules.next(watched, accuracy(Integer.parseInt(accuracy)), ++made);
      if (rules.isOver(watched)) {
        break;
      }
    }
    assertThat(rules.isOver(watched) ? made : 0).isEqualTo(end);
    assertThat(watched.bestStep()).isEqualTo(best);
  }

  @Test
  void aPlateauLowersTheRateAndThenHasAsManyEvaluationsAgain() {
    WatchRules rules = new WatchRules(Measure.ACCURACY, 0, 0, 2, 0.1);
    assertThat(factors(rules, 50, 50, 49, 50, 50, 60, 60, 70, 70, 70))
        .containsExactly(1, 1, 0.1, 0.1, 0.01, 0.01, 0.01, 0.01, 0.01, 0.001);
  }

  @Test
  void lessOfALossIsBetter() {
    WatchRules rules = new WatchRules(Measure.LOSS, 0.1, 2, 1000, 0.5);
    Watched watched = rules.next(Watched.NOTHING, loss(2), 10);
    watched = rules.next(watched, loss(1.5), 20);
    assertThat(watched).isEqualTo(new Watched(1.5, 20, 0, 0, 1));
    watched = rules.next(watched, loss(1.45), 30);
    assertThat(watched).isEqualTo(new Watched(1.5, 20, 1, 1, 1));
    assertThat(rules.isOver(rules.next(watched, loss(3), 40))).isTrue();
  }

  @Test
  void whatIsNoNumberIsNeverTheBest() {
    WatchRules rules = new WatchRules(Measure.LOSS, 0, 2, 1, 0.5);
    Watched watched = rules.next(Watched.NOTHING, Evaluation.empty(2), 1);
    assertThat(watched.hasBest()).isFalse();
    watched = rules.next(watched, loss(7), 2);
    assertThat(watched.bestStep()).isEqualTo(2);
    watched = rules.next(watched, Evaluation.empty(2), 3);
    assertThat(watched.bestStep()).isEqualTo(2);
    assertThat(watched.sinceBest()).isEqualTo(1);
  }

  @Test
  void nothingIsRememberedWhereNothingFollows() {
    assertThat(WatchRules.NONE.next(Watched.NOTHING, accuracy(50), 5)).isEqualTo(Watched.NOTHING);
    assertThat(WatchRules.NONE.isOver(new Watched(1, 0, 99, 99, 1))).isFalse();
  }

  @Test
  void theBestIsTheFirstOfTheLargestWhateverTheOrder() {
    SplittableRandom random = Seeds.random(3);
    WatchRules rules = new WatchRules(Measure.ACCURACY, 0, 1, 1, 0.5);
    for (int trial = 0; trial < 100; trial++) {
      Watched watched = Watched.NOTHING;
      int largest = -1;
      int at = 0;
      for (int step = 1; step < 20; step++) {
        int accuracy = random.nextInt(101);
        watched = rules.next(watched, accuracy(accuracy), step);
        at = accuracy > largest ? step : at;
        largest = Math.max(largest, accuracy);
      }
      assertThat(watched.bestStep()).isEqualTo(at);
      assertThat(watched.best()).isCloseTo(largest / 100.0, within(1e-12));
    }
  }

  private static double[] factors(WatchRules rules, int... accuracies) {
    double[] factors = new double[accuracies.length];
    Watched watched = Watched.NOTHING;
    for (int i = 0; i < accuracies.length; i++) {
      watched = rules.next(watched, accuracy(accuracies[i]), i);
      factors[i] = Math.round(watched.rateFactor() * 1e9) / 1e9;
    }
    return factors;
  }

  private static Evaluation accuracy(int percent) {
    return new Evaluation(100, percent, 100, 100, new long[][] {{percent, 0}, {100 - percent, 0}});
  }

  private static Evaluation loss(double nats) {
    return new Evaluation(1, 1, 1, nats, new long[][] {{1, 0}, {0, 0}});
  }
}
