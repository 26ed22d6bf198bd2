/* What tests follow comes over server-sent events, by their own `fetch`; one that is about the socket brings its own. */
Reflect.deleteProperty(globalThis, 'WebSocket');
