#include <cstdio>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "register/register.hpp"
#include "support/program.hpp"

int main(int argc, char** argv) {
  outside::registers::RegisterConfig config;
  std::vector<std::string> writable, asked, counter;
  std::string records, state;
  CLI::App app("An agency's register: records by key over HTTP on loopback");
  app.add_option("--port", config.port, "Port, 0 for any")->required();
  app.add_option("--data", records, R"(JSON lines {"service","key","value"})")->required();
  app.add_option("--state", state, "File that keeps what is written here")->required();
  app.add_option("--title", config.title, "For the OpenAPI description");
  app.add_option("--writable", writable, "Services that may be written (default: cards, outcomes)");
  auto& messages = config.messages;
  std::string token, pseudonyms;
  app.add_option("--counter", counter, "Services whose records clerks change here");
  app.add_option("--gateway", messages.gateway, "The agency's gateway, for messages");
  app.add_option("--client", messages.client, "Which subsystem of it this is");
  app.add_option("--token-file", token, "Its secret there; may come later");
  outside::registers::Publication changes, by_key{.by_key = true};
  app.add_option("--publish", changes.type,
                 "Event type that tells of changes at the first counter, by pseudonym");
  app.add_option("--publish-fields", changes.fields, "Fields whose changes are told");
  app.add_option("--publish-keys", by_key.type,
                 "Event type that tells of changes at the last counter, by key");
  app.add_option("--publish-keys-fields", by_key.fields, "Fields that are told then");
  app.add_option("--subscribe", messages.subscribes, "Event type of another: instance/…/service");
  app.add_option("--purpose", messages.purpose, "Under which it is asked for");
  app.add_option("--match", config.matched, "Service whose records events are about");
  app.add_option("--pseudonym-file", pseudonyms, "Secret for pseudonyms in events");
  app.add_option("--asked", asked, "Services that only answer questions");
  CLI11_PARSE(app, argc, argv);
  messages.token = token;
  messages.pseudonyms = pseudonyms;
  config.counter = {counter.begin(), counter.end()};
  if (!counter.empty()) changes.service = counter.front(), by_key.service = counter.back();
  for (const auto* each : {&changes, &by_key})
    if (!each->type.empty()) messages.publications.push_back(*each);
  config.records = records;
  config.state = state;
  config.asked = {asked.begin(), asked.end()};
  if (!writable.empty()) config.writable = {writable.begin(), writable.end()};

  outside::block_end_signals();
  const auto running = outside::registers::Register::start(std::move(config));
  if (!running) {
    fmt::print(stderr, "register: {}\n", minben::describe(running.error()));
    return 1;
  }
  fmt::print("register: listening on port {}\n", (*running)->port());
  std::fflush(stdout);
  outside::wait_for_end();
}
