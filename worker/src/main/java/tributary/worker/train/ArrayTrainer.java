package tributary.worker.train;

import java.io.Closeable;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import tributary.datasets.Checks;
import tributary.datasets.DataException;
import tributary.datasets.Storage;
import tributary.datasets.minibatch.Minibatch;
import tributary.worker.engine.Replica;
import tributary.worker.engine.StepKey;
import tributary.worker.model.ModelState;

/**
 * Takes replicas through their local steps on {@link ArrayExamples}. Executor only; safe for
 * several threads, each with a replica of its own.
 */
public final class ArrayTrainer implements Closeable {
  private final ArrayExamples examples;
  private final FileSystem fs;
  private final String host;
  private final long[] ends;
  private final Map<Integer, FSDataInputStream> open = new TreeMap<>();

  /**
   * A trainer for some examples.
   *
   * @param host this machine's name, for reports
   */
  public ArrayTrainer(ArrayExamples examples, Configuration hadoop, String host)
      throws IOException {
    this.examples = examples;
    this.fs = Storage.fileSystem(new Path(examples.folder()), hadoop);
    this.host = host;
    this.ends = examples.counts().stream().mapToLong(Integer::longValue).toArray();
    Arrays.parallelPrefix(ends, Long::sum);
  }

  /**
   * Trains {@code replica} on its share of the round, from {@code start}. A replica that leaves the
   * finite numbers stops there; its report says so, and it has no state.
   *
   * @param index which replica of the plan it is
   * @param watch is told of each step before it begins
   */
  public RoundResult train(
      Replica replica, int index, RoundPlan plan, ModelState start, StepWatch watch)
      throws IOException {
    long[] numbers = examples.numbers(plan, index);
    int[] sizes = plan.share(index).minibatchSizes(plan.settings().minibatchSize());
    Stopwatch reading = new Stopwatch();
    Stopwatch computing = new Stopwatch();
    double lossSum = 0;
    int done = 0;
    int steps = 0;
    String fault = null;
    replica.load(start);
    while (steps < sizes.length && fault == null) {
      watch.begins(
          Checks.format(
              "step %d of %d, example %d of %s and those after it in the epoch's order",
              steps, sizes.length, numbers[done], examples.folder()));
      long[] part = Arrays.copyOfRange(numbers, done, done + sizes[steps]);
      Minibatch batch = reading.time(() -> minibatch(part));
      StepKey key =
          new StepKey(
              plan.optimizerStep(steps), plan.position().epoch(), plan.stepSeed(index, steps));
      double loss = computing.time(() -> replica.step(batch, key).loss());
      fault = Double.isFinite(loss) ? null : "reported loss " + loss + " at its step " + steps;
      lossSum += loss * part.length;
      done += part.length;
      steps++;
    }
    ModelState end = replica.state();
    fault = fault == null ? faultOf(end) : fault;
    Ledger trained = Ledger.of(Arrays.copyOf(numbers, done), examples.sizes());
    ReplicaReport report =
        new ReplicaReport(
            index,
            host,
            done,
            steps,
            lossSum,
            trained,
            reading.seconds(),
            /* decodeSeconds= */ 0,
            computing.seconds());
    return fault == null
        ? new RoundResult(report, end)
        : new RoundResult(
            report.without(new Skipped(fault, Ledger.of(numbers, examples.sizes()))), null);
  }

  @Override
  public void close() throws IOException {
    synchronized (open) {
      for (FSDataInputStream file : open.values()) {
        file.close();
      }
      open.clear();
    }
  }

  private Minibatch minibatch(long[] numbers) throws IOException {
    float[] features = new float[Math.multiplyExact(numbers.length, examples.featureValues())];
    float[] labels = new float[Math.multiplyExact(numbers.length, examples.labelValues())];
    for (int i = 0; i < numbers.length; i++) {
      int file = fileOf(numbers[i]);
      long first = file == 0 ? 0 : ends[file - 1];
      String name = ArrayExamples.file(examples.folder(), file).toString();
      ArrayFile.read(file(file), name, numbers[i] - first, features, labels, i, examples);
    }
    return new Minibatch(
            numbers,
            features,
            examples.shape(numbers.length),
            new int[numbers.length * examples.labelsPerExample()],
            examples.labels().get(0))
        .with(labels);
  }

  private int fileOf(long number) {
    int file = 0;
    while (number >= ends[file]) {
      file++;
    }
    return file;
  }

  private FSDataInputStream file(int index) throws IOException {
    synchronized (open) {
      FSDataInputStream file = open.get(index);
      if (file == null) {
        file = opened(index);
        open.put(index, file);
      }
      return file;
    }
  }

  private FSDataInputStream opened(int index) throws IOException {
    try {
      return ArrayFile.open(fs, examples.folder(), index);
    } catch (FileNotFoundException e) {
      throw new DataException(
          Checks.format(
              "No %s on %s: the folder of exported examples must be one that all executors share",
              ArrayExamples.file(examples.folder(), index), host),
          e);
    }
  }

  private static String faultOf(ModelState state) {
    for (float[] values : new float[][] {state.parameters(), state.optimizer()}) {
      for (float value : values) {
        if (!Float.isFinite(value)) {
          return "has " + value + " in its parameters or its optimizer state";
        }
      }
    }
    return null;
  }
}
