#pragma once
// An independent reader (raptor) as judge of what we write.
#include <string>

#include "interchange/rdf.hpp"

namespace minben::interchange {

/// `syntax` as rapper calls it: "turtle", "rdfxml", "ntriples". Fails the test on any complaint.
Graph read_with_rapper(const std::string& text, const std::string& syntax);

}  // namespace minben::interchange
