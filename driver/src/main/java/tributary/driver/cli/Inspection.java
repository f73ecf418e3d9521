package tributary.driver.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.List;
import java.util.SortedMap;
import org.apache.hadoop.conf.Configuration;
import tributary.datasets.Checks;
import tributary.datasets.DataException;
import tributary.datasets.shard.Dataset;
import tributary.datasets.shard.Images;
import tributary.datasets.shard.Manifest;
import tributary.datasets.shard.ShardInfo;
import tributary.datasets.shard.Text;
import tributary.datasets.shard.TokenTable;
import tributary.driver.checkpoint.Checkpoint;
import tributary.driver.conf.Key;
import tributary.driver.conf.Settings;
import tributary.driver.report.LedgerFile;
import tributary.driver.report.Quarantine;
import tributary.driver.run.Datasets;
import tributary.driver.run.LedgerAudit;
import tributary.driver.run.RunFolder;
import tributary.driver.run.Splits;
import tributary.worker.model.ModelConfiguration;
import tributary.worker.model.ModelCost;
import tributary.worker.model.StateHash;
import tributary.worker.train.Ledger;
import tributary.worker.train.Position;

/**
 * What {@code inspect} found.
 *
 * @param text for people
 * @param json for programs
 * @param faults what should not be so; empty if all is well
 */
record Inspection(String text, ObjectNode json, List<String> faults) {
  private Inspection(String text, ObjectNode json) {
    this(text, json, List.of());
  }

  static Inspection of(Dataset dataset) throws IOException {
    Manifest manifest = dataset.manifest();
    ObjectNode json =
        Output.object()
            .put("data", dataset.uri())
            .put("digest", dataset.digest())
            .put("task", manifest.task().title());
    manifest.classes().forEach(json.putArray("classes")::add);
    StringBuilder text = new StringBuilder();
    line(text, "dataset %s", dataset.uri());
    line(text, "  manifest SHA-256 %s", dataset.digest());
    line(text, "  %s", manifest.task());
    if (manifest.images() != null) {
      addImages(text, json, manifest.images());
    }
    if (manifest.text() != null) {
      addText(text, json, manifest.text());
    }
    for (String split : manifest.splits().keySet()) {
      addSplit(text, json, dataset, split);
    }
    return new Inspection(text.toString(), json);
  }

  /** The same, and that a contact sheet was drawn. */
  Inspection with(DrawnSheet sheet) {
    StringBuilder longer = new StringBuilder(text);
    line(longer, "  contact sheet %s, %s", sheet.file(), sheet.columns());
    json.put("contact-sheet", sheet.file().toString());
    return new Inspection(longer.toString(), json, faults);
  }

  private static void addImages(StringBuilder text, ObjectNode json, Images images) {
    line(text, "  images %s", images);
    line(
        text,
        "  channel mean %s, standard deviation %s",
        images.statistics().mean(),
        images.statistics().std());
    if (images.meanImage() != null) {
      line(text, "  mean image %s, SHA-256 %s", Images.MEAN_FILE, images.meanImage());
      json.put("mean-image-sha256", images.meanImage());
    } else {
      line(text, "  no mean image (input.mean: pixel needs one)");
    }
    json.put("image", images.toString());
    images.statistics().mean().forEach(json.putArray("mean")::add);
    images.statistics().std().forEach(json.putArray("std")::add);
  }

  private static void addText(StringBuilder text, ObjectNode json, Text known) {
    line(text, "  vocabulary %s", describe(known.vocabulary()));
    json.putObject("vocabulary")
        .put("kind", known.vocabulary().kind().toString())
        .put("tokens", known.vocabulary().tokens().size());
    if (known.target() != null) {
      line(text, "  vocabulary of targets %s", describe(known.target()));
      json.putObject("target-vocabulary")
          .put("kind", known.target().kind().toString())
          .put("tokens", known.target().tokens().size());
    }
  }

  private static String describe(TokenTable table) {
    return Checks.format("%s, %d tokens", table.kind(), table.tokens().size());
  }

  private static void addSplit(StringBuilder text, ObjectNode json, Dataset dataset, String split)
      throws IOException {
    Manifest manifest = dataset.manifest();
    long bytes = manifest.shards(split).stream().mapToLong(ShardInfo::bytes).sum();
    line(
        text,
        "  %s: %d examples in %d shards, %.1f MB",
        split,
        manifest.examples(split),
        manifest.shards(split).size(),
        bytes / 1e6);
    ObjectNode told =
        json.withObject("/splits")
            .putObject(split)
            .put("examples", manifest.examples(split))
            .put("shards", manifest.shards(split).size())
            .put("bytes", bytes);
    if (!manifest.task().isClassified()) {
      return;
    }
    long[] counts = dataset.examplesPerClass(split);
    for (int label = 0; label < counts.length; label++) {
      String name = manifest.classes().get(label);
      line(text, "    %s: %d", name, counts[label]);
      told.withObject("/classes").put(name, counts[label]);
    }
  }

  /** Of a run, and whether its ledger fits its data. */
  static Inspection of(RunFolder run, Configuration hadoop) throws IOException {
    List<String> names = run.checkpoints().names();
    List<String> faults = List.of();
    ObjectNode json = Output.object().put("run", run.display());
    names.forEach(json.putArray("checkpoints")::add);
    StringBuilder text = new StringBuilder();
    line(text, "run %s", run.display());
    line(text, "  checkpoints: %s", names.isEmpty() ? "none" : String.join(", ", names));
    if (!names.isEmpty()) {
      Position position = run.checkpoints().latest().position();
      addPosition(text, json, position);
      faults = addLedger(text, json, run, position, hadoop);
    }
    int bad = Quarantine.read(run.quarantine(), hadoop).size();
    json.put("bad-examples", bad);
    if (bad > 0) {
      line(text, "  bad examples: %d, listed in %s", bad, run.quarantine());
    }
    line(text, "%s", run.settings().text().strip());
    json.put("settings", run.settings().text());
    return new Inspection(text.toString(), json, faults);
  }

  static Inspection of(Checkpoint checkpoint) {
    ObjectNode json = Output.object();
    StringBuilder text = new StringBuilder();
    line(text, "checkpoint, all files whole");
    addPosition(text, json, checkpoint.position());
    String sha256 = StateHash.sha256(checkpoint.state().model().parameters());
    line(text, "  parameters SHA-256 %s", sha256);
    line(text, "  dataset SHA-256 %s", checkpoint.trainedOn().digest());
    json.put("parameters-sha256", sha256).put("dataset-sha256", checkpoint.trainedOn().digest());
    ModelTables.add(text, json, checkpoint.model());
    return new Inspection(text.toString(), json);
  }

  static Inspection of(ModelConfiguration model) {
    ObjectNode json = Output.object();
    StringBuilder text = new StringBuilder();
    ModelTables.add(text, json, model);
    return new Inspection(text.toString(), json);
  }

  /**
   * Of a model and what an example costs.
   *
   * @param example shape of a minibatch of one example
   */
  static Inspection of(ModelConfiguration model, int[] example) {
    Inspection inspection = of(model);
    StringBuilder text = new StringBuilder(inspection.text);
    ModelTables.addCost(text, inspection.json, ModelCost.of(model, example));
    return new Inspection(text.toString(), inspection.json);
  }

  /** Without its data a ledger can be told, not verified. */
  private static List<String> addLedger(
      StringBuilder text, ObjectNode json, RunFolder run, Position position, Configuration hadoop)
      throws IOException {
    SortedMap<Integer, LedgerFile.Epoch> epochs =
        LedgerFile.read(run.ledger(), position.round(), hadoop);
    ArrayNode told = json.putArray("ledger");
    epochs.forEach(
        (epoch, entry) -> {
          Ledger ledger = entry.trained();
          line(
              text,
              "  epoch %d: trained %d examples of %d shards, hash %016x",
              epoch,
              ledger.examples(),
              ledger.shards().size(),
              ledger.hash());
          told.addObject()
              .put("epoch", epoch)
              .put("examples", ledger.examples())
              .put("shards", ledger.shards().size())
              .put("hash", Long.toHexString(ledger.hash()))
              .put("skipped", entry.skipped().examples());
        });
    Settings settings = Settings.of(List.of(run.settings()), List.of());
    try (Dataset dataset = Datasets.open(settings, hadoop, List.of(Key.TRAIN_SPLIT))) {
      LedgerAudit audit =
          LedgerAudit.of(epochs, position, Splits.trained(settings, dataset.manifest()));
      List<String> faults = audit.faults();
      line(text, "  ledger: %s", verdict(audit));
      faults.forEach(fault -> line(text, "    %s", fault));
      faults.forEach(json.putArray("ledger-faults")::add);
      return faults;
    } catch (DataException e) {
      line(text, "  ledger: not verified: %s", e.getMessage());
      return List.of();
    }
  }

  private static String verdict(LedgerAudit audit) {
    if (!audit.faults().isEmpty()) {
      return "does not fit";
    }
    return audit.skippedExamples() == 0
        ? "every example once an epoch"
        : Checks.format(
            "every example once an epoch, but %d that were skipped (training.non-finite,"
                + " input.on-bad-example)",
            audit.skippedExamples());
  }

  private static void addPosition(StringBuilder text, ObjectNode json, Position position) {
    line(
        text,
        "  after round %d: epoch %d, example %d, step %d%s",
        position.round(),
        position.epoch(),
        position.offset(),
        position.step(),
        position.leftOver().size() == 0
            ? ""
            : Checks.format(", %d examples left over", position.leftOver().size()));
    json.putObject("position")
        .put("round", position.round())
        .put("epoch", position.epoch())
        .put("offset", position.offset())
        .put("step", position.step())
        .put("left-over", position.leftOver().size());
  }

  /** Adds a line. */
  static void line(StringBuilder text, String format, Object... values) {
    text.append(text.isEmpty() ? "" : System.lineSeparator()).append(Checks.format(format, values));
  }
}
