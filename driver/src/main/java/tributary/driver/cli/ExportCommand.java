package tributary.driver.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import tributary.datasets.Checks;
import tributary.datasets.Storage;
import tributary.datasets.image.MeanImage;
import tributary.datasets.shard.DatasetProfile;
import tributary.datasets.shard.Images;
import tributary.driver.Version;
import tributary.driver.checkpoint.Checkpoint;
import tributary.driver.run.SavedRun;
import tributary.driver.spark.SparkContexts;
import tributary.worker.model.Dl4jZip;
import tributary.worker.model.StateHash;

/** Gives a trained network to other programs. */
@Command(
    name = "export",
    description =
        "Writes a run's newest checkpoint, or the one named, as a file that other programs read.",
    mixinStandardHelpOptions = true)
final class ExportCommand implements Callable<Integer> {
  /** What DL4J has no place for. */
  private static final String EXTRA = "tributary.json";

  @Spec private CommandSpec spec;
  @Mixin private Output output;

  @Option(
      names = "--run",
      required = true,
      paramLabel = "RUN",
      description = "A run folder, or one of its checkpoints: RUN/checkpoints/step-N.")
  private String run;

  @Option(
      names = "--to",
      required = true,
      paramLabel = "FILE",
      description = "The file to make, local or on any of Hadoop's file systems.")
  private String to;

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      defaultValue = "dl4j",
      description =
          "dl4j (default): a zip that DL4J's ModelSerializer restores, with "
              + EXTRA
              + " in it: the classes, and how inputs are normalized.")
  private Format format;

  @Option(names = "--force", description = "Replace the file if it is there.")
  private boolean force;

  /** The formats on offer. */
  enum Format {
    DL4J {
      @Override
      void write(Checkpoint checkpoint, Map<String, byte[]> others, OutputStream out)
          throws IOException {
        Dl4jZip.write(
            checkpoint.model(),
            checkpoint.state().measured(),
            checkpoint.position().step(),
            checkpoint.position().epoch(),
            others,
            out);
      }
    };

    abstract void write(Checkpoint checkpoint, Map<String, byte[]> others, OutputStream out)
        throws IOException;
  }

  @Override
  public Integer call() throws IOException {
    Configuration hadoop = SparkContexts.hadoop();
    Path file = new Path(to);
    FileSystem fs = Storage.fileSystem(file, hadoop);
    requireFree(fs, file);
    Checkpoint checkpoint = SavedRun.open(run, hadoop).checkpoint();
    ObjectNode extra = extra(checkpoint);
    Map<String, byte[]> others = new LinkedHashMap<>();
    others.put(EXTRA, extra.toPrettyString().getBytes(StandardCharsets.UTF_8));
    MeanImage mean = checkpoint.trainedOn().meanImage();
    if (mean != null) {
      others.put(Images.MEAN_FILE, mean.png());
    }
    Storage.writeAtomically(fs, file, out -> format.write(checkpoint, others, out));
    print(checkpoint, extra, fs.getFileStatus(file).getLen());
    return ExitCode.OK;
  }

  private void requireFree(FileSystem fs, Path file) throws IOException {
    if (!fs.exists(file)) {
      return;
    }
    if (!fs.getFileStatus(file).isFile()) {
      throw new ParameterException(
          spec.commandLine(), "--to: expected the name of a file, " + to + " is a folder");
    }
    if (!force) {
      throw new ParameterException(
          spec.commandLine(), "--to: " + to + " is there already; --force replaces it");
    }
  }

  private static ObjectNode extra(Checkpoint checkpoint) {
    DatasetProfile profile = checkpoint.trainedOn();
    ObjectNode extra =
        Output.object()
            .put("tributary", Version.current())
            .put("step", checkpoint.position().step())
            .put("parameters-sha256", StateHash.sha256(checkpoint.state().measured().parameters()));
    profile.classes().forEach(extra.putArray("classes")::add);
    if (profile.text() != null) {
      extra
          .putObject("input")
          .put("layout", "a token's number at each step, {size, 1, steps}, and a mask of steps");
      profile.text().write(extra.putObject("text"));
      return extra;
    }
    ObjectNode input =
        extra
            .putObject("input")
            .put("layout", "NCHW, channels red, green, blue or grey alone")
            .put("features", "(pixel / 255 - mean) / std, a std of 0 taken for 1");
    if (profile.meanImage() == null) {
      profile.statistics().mean().forEach(input.putArray("mean")::add);
    } else {
      input.put("mean", Images.MEAN_FILE);
    }
    profile.statistics().std().forEach(input.putArray("std")::add);
    return extra;
  }

  private void print(Checkpoint checkpoint, ObjectNode extra, long bytes) {
    ObjectNode json = Output.object().put("file", to).put("bytes", bytes);
    json.setAll(extra);
    List<String> classes = checkpoint.trainedOn().classes();
    output.print(
        Checks.format(
            "%s: %d parameters of %s at step %d, %d bytes%n"
                + "  DL4J reads it by ModelSerializer.%s%n"
                + "  outputs, in order: %s%n"
                + "  inputs: %s",
            to,
            checkpoint.layout().parameterCount(),
            run,
            checkpoint.position().step(),
            bytes,
            switch (checkpoint.model().kind()) {
              case MULTI_LAYER -> "restoreMultiLayerNetwork";
              case GRAPH -> "restoreComputationGraph";
            },
            classes,
            extra.get("input")),
        json);
  }
}
