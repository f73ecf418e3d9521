package tributary.datasets.source;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.xml.sax.SAXException;
import org.xml.sax.helpers.DefaultHandler;
import tributary.datasets.Checks;
import tributary.datasets.shard.BadExampleException;

/**
 * What Pascal VOC's annotations say of an image: its size, and for each object the class and a box,
 * in pixels counted from 1, both ends included.
 */
final class VocBoxes {
  private static final JsonMapper MAPPER = JsonMapper.builder().build();

  private VocBoxes() {}

  /**
   * The boxes as fractions of the picture: {@code [{"class":7,"box":[x0,y0,x1,y1]}]}, where the
   * class is a position in {@code classes}, and 0 is left or top of all pixels.
   *
   * @throws BadExampleException if it is no such XML, asks for a document type (which could ask for
   *     other files), has an unknown class, or a box that does not lie in the picture
   */
  static byte[] toJson(byte[] xml, List<String> classes) throws IOException {
    Element annotation = parse(xml);
    Element size = child(annotation, "size");
    double width = number(size, "width");
    double height = number(size, "height");
    ArrayNode boxes = MAPPER.createArrayNode();
    for (Element object : children(annotation, "object")) {
      String name = child(object, "name").getTextContent().strip();
      int label = classes.indexOf(name);
      if (label < 0) {
        throw new BadExampleException(
            Checks.format("class of an object: expected one of %s, found %s", classes, name));
      }
      Element box = child(object, "bndbox");
      double x0 = (number(box, "xmin") - 1) / width;
      double y0 = (number(box, "ymin") - 1) / height;
      double x1 = number(box, "xmax") / width;
      double y1 = number(box, "ymax") / height;
      if (!(0 <= x0 && x0 < x1 && x1 <= 1 && 0 <= y0 && y0 < y1 && y1 <= 1)) {
        throw new BadExampleException(
            Checks.format(
                "box of %s: expected one in the picture, found [%s, %s, %s, %s] of its width and"
                    + " height",
                name, x0, y0, x1, y1));
      }
      ObjectNode node = boxes.addObject().put("class", label);
      node.putArray("box").add(x0).add(y0).add(x1).add(y1);
    }
    return json(boxes);
  }

  private static byte[] json(ArrayNode boxes) {
    try {
      return MAPPER.writeValueAsBytes(boxes);
    } catch (JsonProcessingException e) {
      throw new AssertionError("numbers are always JSON", e);
    }
  }

  private static Element parse(byte[] xml) throws IOException {
    try {
      DocumentBuilderFactory factory = DocumentBuilderFactory.newDefaultInstance();
      factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
      factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
      factory.setXIncludeAware(false);
      factory.setExpandEntityReferences(false);
      DocumentBuilder builder = factory.newDocumentBuilder();
      builder.setErrorHandler(new DefaultHandler());
      return builder.parse(new ByteArrayInputStream(xml)).getDocumentElement();
    } catch (ParserConfigurationException e) {
      throw new IllegalStateException("the JDK's parser has these features", e);
    } catch (SAXException e) {
      throw new BadExampleException("expected XML, found another text: " + e.getMessage());
    }
  }

  private static double number(Element parent, String name) throws BadExampleException {
    String text = child(parent, name).getTextContent().strip();
    if (!text.matches("-?\\d{1,9}(\\.\\d{1,30})?")) {
      throw new BadExampleException(Checks.format("%s: expected a number, found '%s'", name, text));
    }
    return Double.parseDouble(text);
  }

  private static Element child(Element parent, String name) throws BadExampleException {
    List<Element> children = children(parent, name);
    if (children.size() != 1) {
      throw new BadExampleException(
          Checks.format(
              "expected one <%s> in <%s>, found %d", name, parent.getTagName(), children.size()));
    }
    return children.get(0);
  }

  private static List<Element> children(Element parent, String name) {
    List<Element> children = new ArrayList<>();
    for (Node node = parent.getFirstChild(); node != null; node = node.getNextSibling()) {
      if (node instanceof Element element && element.getTagName().equals(name)) {
        children.add(element);
      }
    }
    return children;
  }
}
