#pragma once
// Contexts of JSON-LD 1.1 (§4 of the API): what the words of a document mean.
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>

#include "rdf.hpp"

namespace minben::interchange::json_ld {

struct Definition {
  std::string iri;                      ///< an IRI or a keyword; "" = means nothing
  std::optional<std::string> type;      ///< @id, @vocab, @json, @none or an IRI
  std::optional<std::string> language;  ///< "" = none, whatever the default is
  bool list = false, set = false, by_language = false, by_index = false, by_id = false;
  bool reverse = false;
  bool prefix = false;
  const Json* context = nullptr;  ///< of the term
};

struct Context;
using ContextPtr = std::shared_ptr<const Context>;
struct Context {
  std::string base, vocab, language;
  std::map<std::string, Definition, std::less<>> terms;
  ContextPtr previous;  ///< to which nodes inside return, when this one came with a type
};

/// Reads contexts. Json values given must outlive what is made of them.
class Contexts {
 public:
  Contexts(std::string_view base, const std::map<std::string, Json>& known, std::size_t max_depth);
  [[nodiscard]] ContextPtr initial() const { return initial_; }
  /// §4.1.2. `pointer` is where it stands in the document, for errors.
  Result<ContextPtr> extend(const ContextPtr& active, const Json& local, std::string_view pointer,
                            bool propagates = true, std::size_t depth = 0);

 private:
  Result<ContextPtr> made(const ContextPtr& active, const JsonObject& local,
                          std::string_view pointer, bool propagates);
  Result<void> read(Context& context, const JsonObject& local, std::string_view pointer);
  Result<void> define(Context& context, const JsonObject& local, std::string_view term,
                      std::map<std::string, bool, std::less<>>& defined, std::string_view pointer);
  Result<std::string> expand_in(Context& context, const JsonObject& local, std::string_view value,
                                std::map<std::string, bool, std::less<>>& defined,
                                std::string_view pointer);

  ContextPtr initial_;
  const std::map<std::string, Json>& known_;
  std::size_t max_depth_;
  std::size_t terms_ = 0;  ///< in all contexts so far, bounded
  struct Made {
    ContextPtr active, result;  ///< the first is held so that its address stays its own
  };
  std::map<std::tuple<const Context*, const JsonObject*, bool>, Made> made_;
};

/// §5.2. Keywords and blank nodes stay as they are; "" when the word means nothing.
std::string expand(const Context& context, std::string_view value, bool vocab,
                   bool document_relative);
bool is_keyword(std::string_view text);

}  // namespace minben::interchange::json_ld
