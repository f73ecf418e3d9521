package tributary.driver.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.junit.jupiter.api.Test;
import tributary.datasets.shard.Task;
import tributary.datasets.shard.TokenKind;
import tributary.worker.train.Evaluation;

class ScoresTest {
  /** Of eight labels six are right, at three bits each. */
  private static final Evaluation FOUND =
      new Evaluation(8, 6, 7, 8 * Math.log(8), new long[][] {{3, 1}, {1, 3}});

  @Test
  void aLanguageModelIsToldByPerplexityAndBits() {
    Scores letters = new Scores(Task.LANGUAGE_MODEL, TokenKind.CHARACTERS);
    assertThat(letters.text(FOUND))
        .isEqualTo("perplexity 8.000, 3.0000 bits per character, accuracy 0.7500 on 8 tokens");
    ObjectNode json = json(letters);
    assertThat(json.path("tokens").asInt()).isEqualTo(8);
    assertThat(json.path("perplexity").asDouble()).isCloseTo(8, within());
    assertThat(json.path("bits-per-character").asDouble()).isCloseTo(3, within());
    assertThat(json(new Scores(Task.LANGUAGE_MODEL, TokenKind.WORDS)).path("bits-per-token"))
        .isEqualTo(json.path("bits-per-character"));
  }

  @Test
  void tagsAndDocumentsAreToldByAccuracyAndMacroF1() {
    assertThat(new Scores(Task.TAGGING, TokenKind.WORDS).text(FOUND))
        .isEqualTo("token accuracy 0.7500, macro-F1 0.7500, loss 2.0794 on 8 tokens");
    Scores documents = new Scores(Task.TEXT_CLASSIFICATION, TokenKind.WORDS);
    assertThat(documents.text(FOUND))
        .isEqualTo("accuracy 0.7500, macro-F1 0.7500, loss 2.0794 on 8 examples");
    assertThat(json(documents).path("macro-f1").asDouble()).isCloseTo(0.75, within());
    assertThat(json(documents).has("perplexity")).isFalse();
  }

  @Test
  void imagesAreToldByTheLikeliestAndTheFiveLikeliest() {
    Scores images = new Scores(Task.IMAGE_CLASSIFICATION, null);
    assertThat(images.text(FOUND))
        .isEqualTo("accuracy 0.7500, top-5 0.8750, loss 2.0794 on 8 examples");
    assertThat(json(images).path("examples").asInt()).isEqualTo(8);
    assertThat(json(images).has("macro-f1")).isFalse();
  }

  private static ObjectNode json(Scores scores) {
    ObjectNode json = new ObjectMapper().createObjectNode();
    scores.addTo(json, FOUND);
    return json;
  }

  private static org.assertj.core.data.Offset<Double> within() {
    return org.assertj.core.api.Assertions.within(1e-12);
  }
}
