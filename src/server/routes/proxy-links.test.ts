import { expect, test } from "vitest";
import { linksThroughProxy, throughProxy } from "./proxy-links.ts";

const place = {
  prefix: "/api/v1/namespaces/default/services/web:80/proxy",
  host: "10.244.0.5:8080",
  askedHost: "127.0.0.1:6443",
};
const { prefix } = place;

test.each([
  ["/login?next=/a#b", `${prefix}/login?next=/a#b`],
  ["/", `${prefix}/`],
  ["http://10.244.0.5:8080/x", `${prefix}/x`],
  ["//10.244.0.5:8080/x", `${prefix}/x`],
  ["https://127.0.0.1:6443/x", `https://127.0.0.1:6443${prefix}/x`],
  [`https://127.0.0.1:6443${prefix}/x`, `https://127.0.0.1:6443${prefix}/x`],
  [`${prefix}/x`, `${prefix}/x`],
  ["login", "login"],
  ["../up", "../up"],
  ["?page=2", "?page=2"],
  ["#top", "#top"],
  ["", ""],
  ["https://example.com/x", "https://example.com/x"],
  ["//example.com/x", "//example.com/x"],
  ["mailto:me@example.com", "mailto:me@example.com"],
  ["data:text/html,/x", "data:text/html,/x"],
  ["javascript:/x/", "javascript:/x/"],
])("%s leads through the proxy as %s", (url, expected) => {
  expect(throughProxy(url, place)).toBe(expected);
});

test.each([
  ['<a href="/x" class="/y">/z</a>', `<a href="${prefix}/x" class="/y">/z</a>`],
  ["<A HREF='/x'>", `<A HREF='${prefix}/x'>`],
  ["<img alt=x src=/a.png>", `<img alt=x src=${prefix}/a.png>`],
  ['<script src = "/a.js"></script>', `<script src = "${prefix}/a.js"></script>`],
  ['<link rel="stylesheet"\n href="/a.css"/>', `<link rel="stylesheet"\n href="${prefix}/a.css"/>`],
  ['<a title="a > b" href="/x">', `<a title="a > b" href="${prefix}/x">`],
  ['<form method=post action="/send">', `<form method=post action="${prefix}/send">`],
  ['<video poster="/p" src="/v">', `<video poster="${prefix}/p" src="${prefix}/v">`],
  ['<div href="/x" data-src="/y">', '<div href="/x" data-src="/y">'],
  ['<a data-href="/x">', '<a data-href="/x">'],
  ['<!-- <a href="/x"> --><a href="/y">', `<!-- <a href="/x"> --><a href="${prefix}/y">`],
  [
    '<script>if (a < b) x = \'<a href="/x">\'</script><a href="/y">',
    `<script>if (a < b) x = '<a href="/x">'</script><a href="${prefix}/y">`,
  ],
  ['<title><a href="/x"></title>', '<title><a href="/x"></title>'],
  ["<textarea><a href='/x'>", "<textarea><a href='/x'>"],
  ['a < b <a href="/x">', `a < b <a href="${prefix}/x">`],
  ["<a href=", "<a href="],
  ["gr\u00fc\u00df <a href=/x>", `gr\u00fc\u00df <a href=${prefix}/x>`],
])("in HTML: %s", (html, expected) => {
  expect(linksThroughProxy(html, place)).toBe(expected);
});

test("takes no longer than the text is long", () => {
  const hard = ["<", '<a "', "<a href='", "<!--", "<script>", "<a =", "<a x=", "</", "</script", "<a ", "<a\t=\t"];
  for (const text of hard) {
    const html = text.repeat(200_000);
    expect(linksThroughProxy(html, place)).toHaveLength(html.length);
  }
});
