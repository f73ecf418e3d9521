package tributary.worker.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import tributary.datasets.Seeds;

class RoundPlanTest {
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
          Slice slice = plan.slice(replica);
          for (int i = 0; i < slice.size(); i++) {
            uses[plan.position().epoch()][(int) slice.from() + i]++;
          }
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
        if (!plan.endsEpoch()) {
          assertThat(plan.examples())
              .isEqualTo((long) full * settings.replicas() * settings.minibatchSize());
        }
        trained[epoch] += plan.examples();
      }
      assertThat(trained).as(settings.toString()).containsOnly(settings.examplesPerEpoch());
    }
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
    assertThat(plan.slice(1)).isEqualTo(new Slice(160, 160));
    assertThat(plan.slice(1).minibatchSizes(32)).containsExactly(32, 32, 32, 32, 32);
  }

  @Test
  void sharesTheTailOfAnEpochEvenly() {
    RoundSettings settings = new RoundSettings(3, 5, 32, 2, 490, 1);
    RoundPlan tail = first(settings).next();
    assertThat(tail.examples()).isEqualTo(10);
    assertThat(tail.endsEpoch()).isTrue();
    assertThat(tail.slice(0)).isEqualTo(new Slice(480, 3));
    assertThat(tail.slice(1)).isEqualTo(new Slice(483, 3));
    assertThat(tail.slice(2)).isEqualTo(new Slice(486, 4));
    assertThat(tail.next().position()).isEqualTo(new Position(2, 1, 0, 6));
  }

  @Test
  void leavesReplicasIdleWhenThereAreFewerExamples() {
    RoundPlan plan = first(new RoundSettings(4, 1, 8, 1, 2, 1));
    assertThat(IntStream.range(0, 4).map(replica -> plan.slice(replica).size()).toArray())
        .containsExactly(0, 1, 0, 1);
    assertThat(plan.slice(0).minibatchSizes(8)).isEmpty();
    assertThat(plan.steps()).isEqualTo(1);
  }

  @Test
  void cutsAShortSliceIntoMinibatchesOfNearlyEqualSize() {
    assertThat(new Slice(0, 65).minibatchSizes(64)).containsExactly(32, 33);
    assertThat(new Slice(0, 64).minibatchSizes(64)).containsExactly(64);
    assertThat(new Slice(0, 1).minibatchSizes(64)).containsExactly(1);
    assertThat(Arrays.stream(new Slice(0, 1001).minibatchSizes(64)).sum()).isEqualTo(1001);
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
