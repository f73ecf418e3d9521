package tributary.driver.cli;

import java.io.IOException;
import java.text.Normalizer;
import java.util.List;
import java.util.concurrent.Callable;
import org.apache.hadoop.conf.Configuration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import tributary.datasets.Checks;
import tributary.datasets.shard.DatasetProfile;
import tributary.datasets.shard.Task;
import tributary.datasets.text.Vocabulary;
import tributary.driver.checkpoint.Checkpoint;
import tributary.driver.conf.ConfigurationException;
import tributary.driver.conf.Settings;
import tributary.driver.run.ReplicaSetups;
import tributary.driver.run.SavedRun;
import tributary.driver.spark.SparkContexts;
import tributary.worker.engine.Replica;
import tributary.worker.executor.Engines;
import tributary.worker.generate.Generator;
import tributary.worker.generate.Sampler;

/** Lets a language model write. */
@Command(
    name = "generate",
    description =
        "Prints text as a run's newest checkpoint, or the one named, goes on with it, token by"
            + " token. The run is one on texts alone, of task language-model; its engine settings"
            + " count, unless --conf or --set has others. Where the model ends a document there is"
            + " a line break.",
    mixinStandardHelpOptions = true)
final class GenerateCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private SettingsSources sources;
  @Mixin private Output output;

  @Option(
      names = "--run",
      required = true,
      paramLabel = "RUN",
      description = "A run folder, or one of its checkpoints: RUN/checkpoints/step-N.")
  private String run;

  @Option(
      names = "--prime",
      paramLabel = "TEXT",
      defaultValue = "",
      description = "What the text starts with. Default: nothing, the model starts a document.")
  private String prime;

  @Option(
      names = "--length",
      paramLabel = "N",
      defaultValue = "500",
      description = "How many tokens are written after it (default: ${DEFAULT-VALUE}).")
  private int length;

  @Option(
      names = "--temperature",
      paramLabel = "X",
      defaultValue = "0.8",
      description =
          "Below 1 likely tokens become likelier, above 1 the unlikely ones; 0 takes the likeliest"
              + " each time (default: ${DEFAULT-VALUE}).")
  private double temperature;

  @Option(
      names = "--top-k",
      paramLabel = "K",
      defaultValue = "0",
      description = "Draw from the K likeliest tokens alone; 0, the default, is all.")
  private int topK;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "The same seed gives the same text, another another (default: 1).")
  private long seed;

  @Override
  public Integer call() throws IOException {
    require(length >= 1, "--length: expected a whole number >= 1, found " + length);
    require(
        temperature >= 0 && Double.isFinite(temperature),
        "--temperature: expected a number >= 0, found " + temperature);
    require(topK >= 0, "--top-k: expected a whole number >= 0, found " + topK);
    Configuration hadoop = SparkContexts.hadoop();
    SavedRun saved = SavedRun.open(run, hadoop);
    Settings settings = sources.settings(List.of(saved.folder().settings()), List.of());
    Checkpoint checkpoint = saved.checkpoint();
    requireLanguageModel(checkpoint.trainedOn());
    Vocabulary vocabulary = new Vocabulary(checkpoint.trainedOn().text().vocabulary());
    try (Replica replica = Engines.replica(ReplicaSetups.engine(settings), checkpoint.model())) {
      replica.load(checkpoint.state().measured());
      Generator generator =
          new Generator(replica, vocabulary, new Sampler(temperature, topK, seed));
      write(generator, vocabulary, checkpoint.position().step());
    }
    return ExitCode.OK;
  }

  private void require(boolean ok, String message) {
    if (!ok) {
      throw new ParameterException(spec.commandLine(), message);
    }
  }

  private void requireLanguageModel(DatasetProfile trainedOn) {
    if (trainedOn.text() == null || !trainedOn.classes().isEmpty()) {
      throw new ConfigurationException(
          List.of(
              Checks.format(
                  "--run: expected a run of task %s, found %s, one of %s, which tells apart %s",
                  Task.LANGUAGE_MODEL,
                  run,
                  trainedOn.text() == null
                      ? Task.IMAGE_CLASSIFICATION
                      : Task.TEXT_CLASSIFICATION + " or " + Task.TAGGING,
                  trainedOn.classes())));
    }
  }

  private void write(Generator generator, Vocabulary vocabulary, long step) {
    int[] tokens = primed(vocabulary);
    generator.read(tokens);
    int before = Vocabulary.END;
    for (int token : tokens) {
      output.stream(vocabulary.continuation(before, token));
      before = token;
    }
    StringBuilder text = new StringBuilder();
    boolean isRead = true;
    int written = 0;
    for (; written < length && isRead; written++) {
      int token = generator.next();
      String part = vocabulary.continuation(before, token);
      isRead = output.stream(part);
      text.append(part);
      before = token;
    }
    output.end(
        Output.object()
            .put("run", run)
            .put("step", step)
            .put("prime", vocabulary.decode(tokens))
            .put("text", text.toString())
            .put("tokens", written)
            .put("temperature", temperature)
            .put("top-k", topK)
            .put("seed", seed));
  }

  private int[] primed(Vocabulary vocabulary) {
    String text = Normalizer.normalize(prime, Normalizer.Form.NFC);
    List<String> unknown = vocabulary.unknown(text);
    if (!unknown.isEmpty()) {
      spec.commandLine()
          .getErr()
          .println("--prime: the model does not know " + unknown + "; it reads <unknown> instead");
      spec.commandLine().getErr().flush();
    }
    return vocabulary.encode(text);
  }
}
