#include "xml.hpp"

namespace minben::rules {

std::string_view local_name(Xml node) {
  const std::string_view name = node.name();
  const std::size_t colon = name.find(':');
  return colon == name.npos ? name : name.substr(colon + 1);
}
std::vector<Xml> elements(Xml node) {
  std::vector<Xml> out;
  for (const Xml each : node.children())
    if (each.type() == pugi::node_element) out.push_back(each);
  return out;
}
Xml child(Xml node, std::string_view name) {
  for (const Xml each : node.children())
    if (each.type() == pugi::node_element && local_name(each) == name) return each;
  return {};
}
std::vector<Xml> children(Xml node, std::string_view name) {
  std::vector<Xml> out;
  for (const Xml each : node.children())
    if (each.type() == pugi::node_element && local_name(each) == name) out.push_back(each);
  return out;
}
std::string text_of(Xml node) {
  const Xml inner = child(node, "text");
  std::string out;
  for (const Xml each : (inner ? inner : node).children())
    if (each.type() == pugi::node_pcdata || each.type() == pugi::node_cdata) out += each.value();
  return out;
}
std::string attribute(Xml node, const char* name) { return node.attribute(name).value(); }

}  // namespace minben::rules
