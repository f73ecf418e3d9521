package tributary.driver.report;

import com.fasterxml.jackson.databind.node.ObjectNode;
import tributary.datasets.Checks;
import tributary.datasets.shard.Manifest;
import tributary.datasets.shard.Task;
import tributary.datasets.shard.TokenKind;
import tributary.worker.train.Evaluation;

/**
 * Tells how a model does, in the measures that are usual for its task.
 *
 * @param task of the dataset
 * @param token what a token of its text is; null without text
 */
public record Scores(Task task, TokenKind token) {
  /** The measures for a dataset. */
  public static Scores of(Manifest manifest) {
    return new Scores(
        manifest.task(), manifest.text() == null ? null : manifest.text().vocabulary().kind());
  }

  /** In one line of text. */
  public String text(Evaluation found) {
    return switch (task) {
      case LANGUAGE_MODEL ->
          Checks.format(
              "perplexity %.3f, %.4f bits per %s, accuracy %.4f on %d tokens",
              found.perplexity(),
              found.bitsPerLabel(),
              tokenName(),
              found.top1Accuracy(),
              found.labels());
      case TAGGING ->
          Checks.format(
              "token accuracy %.4f, macro-F1 %.4f, loss %.4f on %d tokens",
              found.top1Accuracy(), found.macroF1(), found.meanLossNats(), found.labels());
      case TEXT_CLASSIFICATION, PAIRS ->
          Checks.format(
              "accuracy %.4f, macro-F1 %.4f, loss %.4f on %d examples",
              found.top1Accuracy(), found.macroF1(), found.meanLossNats(), found.labels());
      case IMAGE_CLASSIFICATION, CAPTIONING, SEGMENTATION, DETECTION ->
          Checks.format(
              "accuracy %.4f, top-5 %.4f, loss %.4f on %d examples",
              found.top1Accuracy(), found.top5Accuracy(), found.meanLossNats(), found.labels());
    };
  }

  /** What people count of such a dataset. */
  public Unit unit() {
    return Unit.of(task);
  }

  /** How many labels were measured, and how well they were told, as fields of a JSON object. */
  public void addTo(ObjectNode json, Evaluation found) {
    json.put(unit() == Unit.TOKENS ? "tokens" : "examples", found.labels());
    addMeasures(json, found);
  }

  /** How well labels were told, as fields of a JSON object. */
  public void addMeasures(ObjectNode json, Evaluation found) {
    json.put("accuracy", found.top1Accuracy())
        .put("top-5", found.top5Accuracy())
        .put("loss", found.meanLossNats());
    if (!task.isOfImages() && found.confusion().length > 0) {
      json.put("macro-f1", found.macroF1());
    }
    if (task == Task.LANGUAGE_MODEL) {
      json.put("perplexity", found.perplexity())
          .put("bits-per-" + tokenName(), found.bitsPerLabel());
    }
  }

  private String tokenName() {
    return token == TokenKind.CHARACTERS ? "character" : "token";
  }
}
