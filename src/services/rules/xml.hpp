#pragma once
// DMN files as pugixml sees them, by local names: modellers choose their own prefixes.
#include <string>
#include <string_view>
#include <vector>

#include <pugixml.hpp>

namespace minben::rules {

using Xml = pugi::xml_node;

std::string_view local_name(Xml node);
Xml child(Xml node, std::string_view name);  ///< the first one; empty when there is none
std::vector<Xml> children(Xml node, std::string_view name);
std::vector<Xml> elements(Xml node);  ///< all child elements
std::string text_of(Xml node);        ///< character data of <text>, or of the element itself
std::string attribute(Xml node, const char* name);

}  // namespace minben::rules
