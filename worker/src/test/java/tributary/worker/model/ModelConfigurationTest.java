package tributary.worker.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import tributary.worker.model.ModelConfiguration.Kind;

class ModelConfigurationTest {
  @Test
  void readsWhatDl4jWrites() {
    assertThat(ModelConfiguration.parse(TinyNets.stack().json(), "net.json").kind())
        .isEqualTo(Kind.MULTI_LAYER);
    assertThat(ModelConfiguration.parse(TinyNets.graph().json(), "net.json").kind())
        .isEqualTo(Kind.GRAPH);
  }

  @Test
  void refusesClassesThatAreNotDl4jsBeforeLookingForThem() {
    String hostile =
        TinyNets.stack()
            .json()
            .replace(
                "org.nd4j.linalg.activations.impl.ActivationSoftmax",
                "javax.script.ScriptEngineManager");
    assertThatThrownBy(() -> ModelConfiguration.parse(hostile, "net.json"))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("Refused the model configuration net.json")
        .hasMessageContaining("[javax.script.ScriptEngineManager]")
        .hasMessageContaining("org.deeplearning4j.nn.");
  }

  @Test
  void saysWhereTextIsNoJson() {
    assertThatThrownBy(() -> ModelConfiguration.parse("{\n\"confs\": [,]}", "net.json"))
        .isInstanceOf(ModelException.class)
        .hasMessageStartingWith("Cannot read the model configuration net.json, line 2: not JSON");
  }

  @Test
  void saysWhatItExpectedOfOtherJson() {
    assertThatThrownBy(() -> ModelConfiguration.parse("{\"layers\": []}", "net.json"))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("MultiLayerConfiguration")
        .hasMessageContaining("toJson()");
    assertThatThrownBy(() -> ModelConfiguration.parse("[]", "net.json"))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("expected a JSON object, found ARRAY");
  }

  @Test
  void passesOnWhatDl4jItselfRefuses() {
    assertThatThrownBy(() -> ModelConfiguration.parse("{\"confs\": 3}", "net.json"))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("DL4J refuses it");
  }
}
