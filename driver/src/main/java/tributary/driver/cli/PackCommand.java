package tributary.driver.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.apache.spark.api.java.JavaSparkContext;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import tributary.datasets.Checks;
import tributary.datasets.shard.Manifest;
import tributary.datasets.source.ExampleSource;
import tributary.datasets.source.IdxSource;
import tributary.driver.pack.PackJob;
import tributary.driver.spark.SparkContexts;

/** Turns foreign files into shards. */
@Command(
    name = "pack",
    description =
        "Packs images into shards: tar files that any program reads, with an index and a"
            + " manifest.",
    mixinStandardHelpOptions = true)
final class PackCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  /** Formats that can be packed. */
  enum Format {
    idx
  }

  @Option(
      names = "--from",
      required = true,
      paramLabel = "FORMAT",
      description = "The format of the input: ${COMPLETION-CANDIDATES} (MNIST's, plain or gzip).")
  private Format from;

  @Option(
      names = "--input",
      required = true,
      paramLabel = "DIR",
      description = "Folder of the input files.")
  private String input;

  @Option(
      names = "--to",
      required = true,
      paramLabel = "DIR",
      description = "Folder of the dataset; made if missing.")
  private String to;

  @Option(
      names = "--classes",
      split = ",",
      paramLabel = "NAME",
      description = "Names of the classes, in label order; without it they are numbered.")
  private List<String> classes = List.of();

  @Option(
      names = "--shard-size",
      defaultValue = "5000",
      paramLabel = "N",
      description = "Examples per shard (default ${DEFAULT-VALUE}).")
  private int shardSize;

  @Mixin private Output output;

  @Override
  public Integer call() throws IOException {
    if (shardSize < 1) {
      throw new ParameterException(
          spec.commandLine(), "--shard-size: expected a whole number >= 1, found " + shardSize);
    }
    if (Set.copyOf(classes).size() < classes.size()) {
      throw new ParameterException(
          spec.commandLine(), "--classes: expected names that differ, found " + classes);
    }
    long began = System.nanoTime();
    ExampleSource source =
        switch (from) {
          case idx -> IdxSource.open(input, classes, SparkContexts.hadoop());
        };
    try (JavaSparkContext spark = SparkContexts.create("pack", 1)) {
      print(new PackJob(spark).pack(source, to, shardSize), (System.nanoTime() - began) / 1e9);
    }
    return ExitCode.OK;
  }

  private void print(Manifest manifest, double seconds) throws IOException {
    StringBuilder text = new StringBuilder("Packed " + to);
    ObjectNode json = Output.object().put("data", to).put("seconds", seconds);
    for (String split : manifest.splits().keySet()) {
      long examples = manifest.examples(split);
      int shards = manifest.shards(split).size();
      text.append(Checks.format("%n  %s: %d examples in %d shards", split, examples, shards));
      json.withObject("/splits").putObject(split).put("examples", examples).put("shards", shards);
    }
    output.print(text.toString(), json);
  }
}
