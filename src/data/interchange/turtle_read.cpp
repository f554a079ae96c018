// Turtle and N-Triples, read by serd.
#include <serd/serd.h>

#include <algorithm>
#include <memory>

#include <fmt/format.h>

#include "names.hpp"
#include "syntax.hpp"

namespace minben::interchange {

namespace {

struct EnvFree {
  void operator()(SerdEnv* env) const { serd_env_free(env); }
};
struct ReaderFree {
  void operator()(SerdReader* reader) const { serd_reader_free(reader); }
};

const std::uint8_t* bytes(const std::string& text) {
  return reinterpret_cast<const std::uint8_t*>(text.c_str());
}
std::string_view text_of(const SerdNode& node) {
  return {reinterpret_cast<const char*>(node.buf), node.n_bytes};
}

struct Reading {
  Graph graph;
  std::unique_ptr<SerdEnv, EnvFree> env;
  RdfLimits limits;
  std::string_view syntax_code;
  std::optional<Error> error;

  void fault(Kind kind, std::string_view code, std::string detail) {
    if (!error) error = Error{kind, std::string(code), std::move(detail), {}, 0, 0};
  }

  std::optional<std::string> iri(const SerdNode& node) {
    SerdNode expanded = serd_env_expand_node(env.get(), &node);
    if (expanded.buf == nullptr) {
      fault(Kind::invalid, syntax_code, fmt::format("no such prefix: {}", text_of(node)));
      return std::nullopt;
    }
    std::string value(text_of(expanded));
    serd_node_free(&expanded);
    if (!is_absolute_iri(value)) {
      fault(Kind::invalid, "relative_iri", fmt::format("no base for <{}>", value));
      return std::nullopt;
    }
    return value;
  }

  std::optional<TermId> resource(const SerdNode& node) {
    if (node.type == SERD_BLANK) return graph.blank(text_of(node));
    const auto value = iri(node);
    return value ? std::optional(graph.iri(*value)) : std::nullopt;
  }

  std::optional<TermId> object(const SerdNode& node, const SerdNode* datatype,
                               const SerdNode* language) {
    if (node.type != SERD_LITERAL) return resource(node);
    std::string_view value = text_of(node);
    if (!is_utf8(value)) {  // "\uD800"
      fault(Kind::invalid, syntax_code, "an escape is no character");
      return std::nullopt;
    }
    if (language != nullptr && language->buf != nullptr)
      return graph.literal(value, text_of(*language));
    if (datatype == nullptr || datatype->buf == nullptr) return graph.literal(value);
    const auto type = iri(*datatype);
    return type ? std::optional(graph.literal(value, {}, *type)) : std::nullopt;
  }
};

SerdStatus on_base(void* handle, const SerdNode* uri) {
  return serd_env_set_base_uri(static_cast<Reading*>(handle)->env.get(), uri);
}
SerdStatus on_prefix(void* handle, const SerdNode* name, const SerdNode* uri) {
  return serd_env_set_prefix(static_cast<Reading*>(handle)->env.get(), name, uri);
}
SerdStatus on_statement(void* handle, SerdStatementFlags, const SerdNode*, const SerdNode* subject,
                        const SerdNode* predicate, const SerdNode* object, const SerdNode* datatype,
                        const SerdNode* language) {
  auto& reading = *static_cast<Reading*>(handle);
  if (reading.error) return SERD_ERR_BAD_SYNTAX;
  const auto s = reading.resource(*subject);
  const auto p = reading.resource(*predicate);
  const auto o = reading.object(*object, datatype, language);
  if (!s || !p || !o) return SERD_ERR_BAD_SYNTAX;
  reading.graph.add(*s, *p, *o);
  if (reading.graph.size() <= reading.limits.max_triples) return SERD_SUCCESS;
  reading.fault(Kind::too_large, "rdf_too_large",
                fmt::format("more than {} triples", reading.limits.max_triples));
  return SERD_ERR_BAD_SYNTAX;
}
SerdStatus on_error(void* handle, const SerdError* error) {
  auto& reading = *static_cast<Reading*>(handle);
  if (reading.error) return SERD_SUCCESS;
  reading.fault(Kind::invalid, reading.syntax_code,
                reinterpret_cast<const char*>(serd_strerror(error->status)));
  reading.error->line = static_cast<int>(error->line);
  reading.error->column = static_cast<int>(error->col);
  return SERD_SUCCESS;
}

// Text for serd in pieces. (Its reader of strings goes past the end of some, of empty ones for
// sure.)
struct Pieces {
  std::string_view rest;
};
std::size_t read_piece(void* buffer, std::size_t, std::size_t most, void* handle) {
  auto& pieces = *static_cast<Pieces*>(handle);
  const std::size_t size = std::min(most, pieces.rest.size());
  pieces.rest.copy(static_cast<char*>(buffer), size);
  pieces.rest.remove_prefix(size);
  return size;
}
int no_error(void*) { return 0; }

// serd reads nested nodes by recursion, so their depth is bounded before it sees them.
bool deeper_than(std::string_view text, std::size_t limit) {
  std::size_t depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\\') {
      ++i;
    } else if (c == '#' ||
               c == '<') {  // a comment, or an IRI; "<" that opens none is a fault later
      const auto end = text.find_first_of(c == '#' ? "\n\r" : ">\n", i);
      if (end == std::string_view::npos) return false;
      i = end;
    } else if (c == '"' || c == '\'') {
      const std::string_view quote =
          text.substr(i, 3) == std::string(3, c) ? text.substr(i, 3) : text.substr(i, 1);
      for (i += quote.size(); i < text.size() && text.substr(i, quote.size()) != quote; ++i)
        i += text[i] == '\\';
      i += quote.size() - 1;
    } else if (c == '[' || c == '(') {
      if (++depth > limit) return true;
    } else if ((c == ']' || c == ')') && depth > 0) {
      --depth;
    }
  }
  return false;
}

Result<Graph> read(std::string_view text, std::string_view base, RdfLimits limits,
                   SerdSyntax syntax, std::string_view code) {
  if (text.size() > limits.max_bytes)
    return fail(Kind::too_large, "rdf_too_large",
                fmt::format("more than {} bytes", limits.max_bytes));
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  if (!is_utf8(text) || text.find('\0') != std::string_view::npos)
    return fail(Kind::invalid, code, "it is not UTF-8 text");
  if (deeper_than(text, limits.max_depth))
    return fail(Kind::invalid, "too_deep",
                fmt::format("nodes are nested more than {} deep", limits.max_depth));
  Reading reading{{}, nullptr, limits, code, {}};
  const std::string base_text(base);
  Pieces pieces{text};
  SerdNode base_node = serd_node_from_string(SERD_URI, bytes(base_text));
  reading.env.reset(serd_env_new(base.empty() ? nullptr : &base_node));
  const std::unique_ptr<SerdReader, ReaderFree> reader(
      serd_reader_new(syntax, &reading, nullptr, on_base, on_prefix, on_statement, nullptr));
  serd_reader_set_error_sink(reader.get(), on_error, &reading);
  constexpr std::size_t piece = 4096;
  const SerdStatus status =
      serd_reader_read_source(reader.get(), read_piece, no_error, &pieces, nullptr, piece);
  if (!reading.error && status > SERD_FAILURE)
    reading.fault(Kind::invalid, code, reinterpret_cast<const char*>(serd_strerror(status)));
  if (reading.error) return fail(std::move(*reading.error));
  return std::move(reading.graph);
}

}  // namespace

Result<Graph> read_turtle(std::string_view text, std::string_view base, RdfLimits limits) {
  return read(text, base, limits, SERD_TURTLE, "not_turtle");
}
Result<Graph> read_ntriples(std::string_view text, RdfLimits limits) {
  return read(text, {}, limits, SERD_NTRIPLES, "not_turtle");
}

bool is_absolute_iri(std::string_view iri) {
  for (std::size_t i = 0; i < iri.size(); ++i) {
    const char c = iri[i];
    if (c == ':') return i > 0;
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!letter && (i == 0 || !((c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.')))
      return false;
  }
  return false;
}

std::string resolve_iri(std::string_view base, std::string_view reference) {
  if (is_absolute_iri(reference) || base.empty()) return std::string(reference);
  const std::string base_text(base), text(reference);
  SerdURI base_uri = SERD_URI_NULL;
  if (serd_uri_parse(bytes(base_text), &base_uri) != SERD_SUCCESS) return text;
  SerdNode node = serd_node_new_uri_from_string(bytes(text), &base_uri, nullptr);
  std::string out(text_of(node));
  serd_node_free(&node);
  return out;
}

}  // namespace minben::interchange
