// The OpenAPI document says what the routes do.
#include <map>
#include <set>

#include "api_world.hpp"

namespace minben::api {

namespace {

/// The codes that the document lists for a status of an operation.
std::set<std::string> codes_in(const Json& operation, int status) {
  std::set<std::string> codes;
  const Json* response = find(*find(operation, "responses"), std::to_string(status));
  const Json* problems = response ? find(*response, "x-problems") : nullptr;
  if (problems)
    for (const Json& each : problems->as_array()) codes.insert(string_or(each, "code"));
  return codes;
}

TEST_F(ApiTest, WhatIsRefusedIsRefusedAsTheDocumentSays) {
  const Json document = get("/openapi.json");
  const std::map<std::string, std::string> nobody{
      {"{instance}", "0190aaaa-0000-7000-8000-000000000009"},
      {"{task}", "0190aaaa-0000-7000-8000-000000000009.3"},
      {"{batch}", "0190aaaa-0000-7000-8000-000000000009"},
      {"{webhook}", "0190aaaa-0000-7000-8000-000000000009"},
      {"{token}", "7"},
      {"{code}", "nothing"},
      {"{version}", "1"}};
  const std::map<std::string, net::Method> methods{{"get", net::Method::get},
                                                   {"post", net::Method::post},
                                                   {"put", net::Method::put},
                                                   {"patch", net::Method::patch},
                                                   {"delete", net::Method::del}};
  std::map<std::string, std::string> without;  // scope → token of a client that has all others
  const std::set<Scope> scopes{Scope::read, Scope::work, Scope::deploy, Scope::operate};
  for (const Scope scope : scopes) {
    std::set<Scope> others = scopes;
    others.erase(scope);
    without[std::string(to_string(scope))] = token_of("nia", others);
  }
  for (const auto& [pattern, operations] : find(document, "paths")->as_object()) {
    std::string path(pattern);
    for (const auto& [name, value] : nobody)
      if (const auto at = path.find(name); at != path.npos) path.replace(at, name.size(), value);
    for (const auto& [method, operation] : operations.as_object()) {
      const auto verb = methods.at(std::string(method));
      for (const std::string body : {"", "{}", "[]", "{\"x\":1}"}) {
        const bool takes_none = verb == net::Method::get || verb == net::Method::del;
        if (takes_none && !body.empty()) continue;
        const auto answer = send(verb, path, body);
        if (answer.status < 300) continue;
        const std::string told = text(*parse_json(answer.body), "type").substr(19);
        const auto listed = codes_in(operation, answer.status);
        EXPECT_TRUE(listed.contains(told) || listed.contains(""))
            << method << " " << path << " " << body << ": " << answer.status << " " << told;
      }
      EXPECT_TRUE(codes_in(operation, 403).contains("scope_missing"));
      const auto& security = find(operation, "security")->as_array().front();
      const std::string scope(find(security, "token")->as_array().front().as_string());
      EXPECT_EQ(send(verb, path, {}, without.at(scope)).status, 403) << path;
      EXPECT_FALSE(find(operation, "tags")->as_array().empty());
    }
  }
}

TEST_F(ApiTest, TheDocumentDescribesEveryRoute) {
  const Json document = get("/openapi.json");
  EXPECT_EQ(text(document, "openapi"), "3.1.0");
  const auto& schemas = document.at_pointer("/components/schemas").as_object();
  const std::string all = write_json(document);
  for (auto at = all.find("#/components/schemas/"); at != all.npos;
       at = all.find("#/components/schemas/", at + 1)) {
    const auto from = at + std::string_view("#/components/schemas/").size();
    EXPECT_TRUE(schemas.contains(all.substr(from, all.find('"', from) - from)));
  }
  std::size_t operations = 0;
  for (const auto& [path, methods] : find(document, "paths")->as_object())
    operations += methods.as_object().size();
  Clients& clients = *clients_;
  EXPECT_EQ(operations + 1,
            routes({db_.database(), clock_, random_, *processes_, *batches_, clients, *webhooks_},
                   machine)
                .size());
}

}  // namespace
}  // namespace minben::api
