package tributary.worker.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import tributary.datasets.Seeds;

class RoundPlanTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  @Test
  void dealsEveryPlaceOfAnEpochToExactlyOneReplica() {
    SplittableRandom random = Seeds.random(3);
    for (int trial = 0; trial < 300; trial++) {
      RoundSettings settings =
          new RoundSettings(
              1 + random.nextInt(9),
              1 + random.nextInt(7),
              1 + random.nextInt(40),
              1 + random.nextInt(3),
              1 + random.nextInt(2000),
              trial);
      int[][] uses = new int[settings.epochs()][(int) settings.examplesPerEpoch()];
      for (RoundPlan plan = first(settings); !plan.finished(); plan = plan.next()) {
        for (int replica = 0; replica < settings.replicas(); replica++) {
          int[] epoch = uses[plan.position().epoch()];
          plan.share(replica).stream().forEach(place -> epoch[(int) place]++);
        }
      }
      for (int[] epoch : uses) {
        assertThat(epoch).as(settings.toString()).containsOnly(1);
      }
    }
  }

  @Test
  void dealsEveryPlaceOnceWhereverLocalStepsBegin() {
    SplittableRandom random = Seeds.random(4);
    for (int trial = 0; trial < 300; trial++) {
      int epochs = 1 + random.nextInt(4);
      LocalSteps steps = new LocalSteps(1 + random.nextInt(7), random.nextInt(epochs + 2));
      RoundSettings settings =
          new RoundSettings(
                  1 + random.nextInt(9),
                  1,
                  1 + random.nextInt(40),
                  epochs,
                  1 + random.nextInt(2000),
                  trial)
              .with(steps);
      long[] trained = new long[epochs];
      for (RoundPlan plan = first(settings); !plan.finished(); plan = plan.next()) {
        int epoch = plan.position().epoch();
        int full = epoch < steps.postLocalEpoch() ? 1 : steps.steps();
        assertThat(plan.position().offset()).isEqualTo(trained[epoch]);
        assertThat(plan.steps()).isBetween(1, full);
        if (plan.next().position().epoch() == epoch) {
          assertThat(plan.examples())
              .isEqualTo((long) full * settings.replicas() * settings.minibatchSize());
        }
        trained[epoch] += plan.examples();
      }
      assertThat(trained).as(settings.toString()).containsOnly(settings.examplesPerEpoch());
    }
  }

  @Test
  void usesEveryPlaceOnceWhereverReplicasStopEarly() {
    SplittableRandom random = Seeds.random(6);
    for (int trial = 0; trial < 500; trial++) {
      int epochs = 1 + random.nextInt(3);
      LocalSteps steps = new LocalSteps(1 + random.nextInt(7), random.nextInt(2), SECOND);
      RoundSettings settings =
          new RoundSettings(
                  1 + random.nextInt(9),
                  1,
                  1 + random.nextInt(40),
                  epochs,
                  1 + random.nextInt(1500),
                  trial)
              .with(steps);
      int[][] uses = new int[epochs][(int) settings.examplesPerEpoch()];
      RoundPlan plan = first(settings);
      while (!plan.finished()) {
        Position position = plan.position();
        int[] epoch = uses[position.epoch()];
        assertThat(IntStream.of(epoch).sum()).isEqualTo((int) position.done());
        assertThat(new RoundPlan(settings, position)).isEqualTo(plan);
        List<ReplicaReport> reports = reportsOfReplicasThatStopEarly(plan, random);
        for (ReplicaReport report : reports) {
          plan.share(report.replica()).stream()
              .limit(report.examples())
              .forEach(place -> epoch[(int) place]++);
        }
        plan = plan.next(reports);
        assertThat(plan.position().step()).isGreaterThan(position.step());
      }
      for (int[] epoch : uses) {
        assertThat(epoch).as(settings.toString()).containsOnly(1);
      }
    }
  }

  @Test
  void dealsWhatWasLeftOverWhenTheOrderIsThrough() {
    RoundSettings settings =
        new RoundSettings(2, 2, 10, 2, 100, 1).with(new LocalSteps(2, 0, SECOND));
    RoundPlan first = first(settings);
    RoundPlan second = first.next(List.of(report(first, 0, 10, 1), report(first, 1, 20, 2)));
    RoundPlan third = second.next(List.of(report(second, 0, 20, 2), report(second, 1, 10, 1)));
    assertThat(third.position())
        .isEqualTo(
            new Position(
                2,
                0,
                80,
                4,
                new Places(List.of(new Places.Range(10, 10), new Places.Range(70, 10)))));
    assertThat(third.position().done()).isEqualTo(60);
    assertThat(third.examples()).isEqualTo(40);
    assertThat(third.share(0)).isEqualTo(Places.of(80, 20));
    assertThat(third.share(1))
        .isEqualTo(new Places(List.of(new Places.Range(10, 10), new Places.Range(70, 10))));
    RoundPlan fourth = third.next(List.of(report(third, 0, 20, 2), report(third, 1, 10, 1)));
    assertThat(fourth.position()).isEqualTo(new Position(3, 0, 100, 6, Places.of(70, 10)));
    assertThat(fourth.next().position()).isEqualTo(new Position(4, 1, 0, 7));
  }

  @Test
  void countsTheStepsOfTheReplicaThatTookMost() {
    RoundSettings settings = new RoundSettings(2, 5, 10, 1, 200, 1);
    RoundPlan plan = first(settings);
    assertThat(plan.next(List.of(report(plan, 0, 10, 1), report(plan, 1, 30, 3))).position().step())
        .isEqualTo(3);
    assertThat(plan.next(List.of(report(plan, 0, 10, 1), report(plan, 1, 50, 5))).position().step())
        .isEqualTo(5);
    ReplicaReport diverged =
        report(plan, 1, 50, 5).without(new Skipped("reported loss NaN", Ledger.EMPTY));
    assertThat(plan.next(List.of(report(plan, 0, 10, 1), diverged)).position().step()).isEqualTo(5);
  }

  /** One minibatch at least, if there is one. */
  private static List<ReplicaReport> reportsOfReplicasThatStopEarly(
      RoundPlan plan, SplittableRandom random) {
    List<ReplicaReport> reports = new ArrayList<>();
    for (int replica = 0; replica < plan.settings().replicas(); replica++) {
      int[] sizes = plan.share(replica).minibatchSizes(plan.settings().minibatchSize());
      int steps = sizes.length == 0 ? 0 : 1 + random.nextInt(sizes.length);
      reports.add(report(plan, replica, Arrays.stream(sizes).limit(steps).sum(), steps));
    }
    return reports;
  }

  private static ReplicaReport report(RoundPlan plan, int replica, int examples, int steps) {
    return new ReplicaReport(replica, "host", examples, steps, examples, 0, Ledger.EMPTY, 0, 0, 0)
        .leaving(plan.share(replica).size() - examples);
  }

  @Test
  void takesOneStepARoundUntilThePostLocalEpoch() {
    RoundSettings settings =
        new RoundSettings(2, 1, 10, 3, 60, 1).with(new LocalSteps(3, /* postLocalEpoch= */ 1));
    int[] steps =
        Stream.iterate(first(settings), plan -> !plan.finished(), RoundPlan::next)
            .mapToInt(RoundPlan::steps)
            .toArray();
    assertThat(steps).containsExactly(1, 1, 1, 3, 3);
  }

  @Test
  void goesOnBeforeAndAfterTheSwitchAsIfItHadNeverStopped() {
    RoundSettings settings = new RoundSettings(2, 1, 16, 3, 700, 1).with(new LocalSteps(3, 2));
    for (RoundPlan plan = first(settings); !plan.finished(); plan = plan.next()) {
      assertThat(new RoundPlan(settings, plan.position()).next()).isEqualTo(plan.next());
    }
  }

  @Test
  void anEpochHasAsManyStepsAsOneRoundThatTakesItWhole() {
    SplittableRandom random = Seeds.random(5);
    for (int trial = 0; trial < 300; trial++) {
      RoundSettings settings =
          new RoundSettings(
              1 + random.nextInt(9),
              1_000_000,
              1 + random.nextInt(40),
              1,
              1 + random.nextInt(2000),
              1);
      assertThat(settings.stepsPerEpoch()).as("%s", settings).isEqualTo(first(settings).steps());
    }
  }

  @Test
  void givesEveryReplicaItsLocalStepsInAFullRound() {
    RoundPlan plan = first(new RoundSettings(3, 5, 32, 1, 10_000, 1));
    assertThat(plan.examples()).isEqualTo(3 * 5 * 32);
    assertThat(plan.steps()).isEqualTo(5);
    assertThat(plan.share(1)).isEqualTo(Places.of(160, 160));
    assertThat(plan.share(1).minibatchSizes(32)).containsExactly(32, 32, 32, 32, 32);
  }

  @Test
  void sharesTheTailOfAnEpochEvenly() {
    RoundSettings settings = new RoundSettings(3, 5, 32, 2, 490, 1);
    RoundPlan tail = first(settings).next();
    assertThat(tail.examples()).isEqualTo(10);
    assertThat(tail.share(0)).isEqualTo(Places.of(480, 3));
    assertThat(tail.share(1)).isEqualTo(Places.of(483, 3));
    assertThat(tail.share(2)).isEqualTo(Places.of(486, 4));
    assertThat(tail.next().position()).isEqualTo(new Position(2, 1, 0, 6));
  }

  @Test
  void leavesReplicasIdleWhenThereAreFewerExamples() {
    RoundPlan plan = first(new RoundSettings(4, 1, 8, 1, 2, 1));
    assertThat(LongStream.range(0, 4).map(replica -> plan.share((int) replica).size()).toArray())
        .containsExactly(0, 1, 0, 1);
    assertThat(plan.share(0).minibatchSizes(8)).isEmpty();
    assertThat(plan.steps()).isEqualTo(1);
  }

  @Test
  void cutsAShortSliceIntoMinibatchesOfNearlyEqualSize() {
    assertThat(Places.of(0, 65).minibatchSizes(64)).containsExactly(32, 33);
    assertThat(Places.of(0, 64).minibatchSizes(64)).containsExactly(64);
    assertThat(Places.of(0, 1).minibatchSizes(64)).containsExactly(1);
    assertThat(Arrays.stream(Places.of(0, 1001).minibatchSizes(64)).sum()).isEqualTo(1001);
  }

  @Test
  void goesOnFromAPositionAsIfItHadNeverStopped() {
    RoundSettings settings = new RoundSettings(2, 3, 16, 2, 700, 1);
    RoundPlan plan = first(settings);
    while (!plan.finished()) {
      plan = plan.next();
      if (!plan.finished()) {
        assertThat(new RoundPlan(settings, plan.position())).isEqualTo(plan);
      }
    }
    assertThat(plan.position().epoch()).isEqualTo(2);
  }

  @Test
  void refusesAPositionOutsideTheEpoch() {
    RoundSettings settings = new RoundSettings(2, 3, 16, 2, 700, 1);
    assertThatThrownBy(() -> new RoundPlan(settings, new Position(1, 0, 700, 3)))
        .hasMessage("offset 700 lies outside an epoch of 700 examples");
    assertThatThrownBy(() -> new Position(1, 0, 60, 3, Places.of(50, 20)))
        .hasMessageStartingWith("left-over places must be distinct and below offset 60, got ");
    assertThatThrownBy(
            () ->
                new Position(
                    1,
                    0,
                    60,
                    3,
                    new Places(List.of(new Places.Range(20, 20), new Places.Range(0, 21)))))
        .hasMessageStartingWith("left-over places must be distinct and below offset 60, got ");
  }

  @Test
  void seedsEveryStepOfEveryReplicaDifferently() {
    RoundPlan plan = first(new RoundSettings(2, 3, 16, 2, 700, 1));
    assertThat(
            new long[] {
              plan.stepSeed(0, 0),
              plan.stepSeed(0, 1),
              plan.stepSeed(1, 0),
              plan.next().stepSeed(0, 0)
            })
        .doesNotHaveDuplicates();
  }

  private static RoundPlan first(RoundSettings settings) {
    return new RoundPlan(settings, Position.START);
  }
}
