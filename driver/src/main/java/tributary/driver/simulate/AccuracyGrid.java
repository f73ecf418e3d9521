package tributary.driver.simulate;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.apache.spark.api.java.JavaSparkContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tributary.datasets.DataException;
import tributary.datasets.shard.BadExample;
import tributary.datasets.shard.Dataset;
import tributary.driver.conf.Key;
import tributary.driver.conf.Settings;
import tributary.driver.report.BadExamples;
import tributary.driver.round.RoundLoop;
import tributary.driver.round.RunState;
import tributary.driver.round.SparkReplicas;
import tributary.driver.run.InitialModel;
import tributary.driver.run.Models;
import tributary.driver.run.ReplicaSetups;
import tributary.driver.run.RoundSetups;
import tributary.worker.train.DivergedException;
import tributary.worker.train.Evaluation;
import tributary.worker.train.Position;
import tributary.worker.train.RoundPlan;

/**
 * Trains a network once for every cell of a grid, for real: replicas that have no core of their own
 * run in waves, which changes no bit, so that the accuracies are those of a cluster. Nothing is
 * kept on disk.
 */
public final class AccuracyGrid {
  private static final Logger LOG = LoggerFactory.getLogger(AccuracyGrid.class);

  private final JavaSparkContext spark;
  private final Dataset dataset;

  /** A grid of runs of one network on one dataset. */
  public AccuracyGrid(JavaSparkContext spark, Dataset dataset) {
    this.spark = spark;
    this.dataset = dataset;
  }

  /**
   * Trains and evaluates every cell. One that diverges does not keep the others from it.
   *
   * @param told of every cell that is done
   * @throws tributary.driver.conf.ConfigurationException before any training, if a cell holds a
   *     value that is out of range
   */
  public List<Accuracy> train(Settings common, List<Cell> cells, Consumer<Accuracy> told)
      throws Exception {
    List<Settings> settings = cells.stream().map(cell -> cell.of(common)).toList();
    List<Accuracy> accuracies = new ArrayList<>();
    for (int i = 0; i < cells.size(); i++) {
      Accuracy accuracy = train(cells.get(i), settings.get(i));
      accuracies.add(accuracy);
      told.accept(accuracy);
    }
    return accuracies;
  }

  private Accuracy train(Cell cell, Settings settings) throws Exception {
    spark.setJobDescription(cell.toString());
    long began = System.nanoTime();
    BadExamples bad = new BadExamples(dataset.manifest(), settings.decimal(Key.MAX_BAD_FRACTION));
    InitialModel first = // its schedule counts the steps of this cell
        Models.initial(settings, dataset.manifest(), spark.hadoopConfiguration());
    try (SparkReplicas replicas = RoundSetups.replicas(spark, settings, dataset, first.model())) {
      RoundLoop.Trained end =
          new RoundLoop(
                  replicas,
                  RoundSetups.guard(settings, first.model()),
                  List.of((plan, outcome, state) -> requireFew(bad, outcome.bad())),
                  () -> false)
              .run(
                  new RoundPlan(RoundSetups.settings(settings, dataset), Position.START),
                  RunState.of(first.state()));
      double seconds = since(began);
      Evaluation evaluation =
          ReplicaSetups.evaluator(
                  spark, settings, dataset, ReplicaSetups.profile(settings, dataset), first.model())
              .evaluate(end.state().measured());
      requireFew(bad, evaluation.leftOut());
      return new Accuracy(
          cell,
          end.position().round(),
          evaluation.top1Accuracy(),
          evaluation.meanLossNats(),
          seconds);
    } catch (DivergedException e) {
      LOG.warn("{}: {}", cell, e.getMessage());
      return Accuracy.diverged(cell, since(began));
    }
  }

  private static void requireFew(BadExamples bad, List<BadExample> found) throws DataException {
    bad.add(found);
    bad.requireFew();
  }

  private static double since(long began) {
    return (System.nanoTime() - began) / 1e9;
  }
}
