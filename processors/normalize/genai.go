package normalize

import (
	"strings"

	"weir/codecs/event"
	"weir/codecs/span"
)

// operationTypes are the kinds of calls of language models by operation; every other is one of a client.
var operationTypes = map[string]string{
	"ai.generateText": "agent", "ai.streamText": "agent", "ai.run.generateText": "agent", "ai.run.generateObject": "agent",
	"ai.pipeline.generate_text": "agent", "ai.pipeline.generate_object": "agent", "ai.pipeline.stream_text": "agent", "ai.pipeline.stream_object": "agent",
	"create_agent": "agent", "gen_ai.create_agent": "agent", "invoke_agent": "agent", "gen_ai.invoke_agent": "agent",
	"ai.toolCall": "tool", "execute_tool": "tool", "gen_ai.execute_tool": "tool", "handoff": "handoff", "gen_ai.handoff": "handoff",
}

// tokenMeasurements are measurements that older SDKs counted tokens in, with the attributes of today.
var tokenMeasurements = [...][2]string{
	{"ai_total_tokens_used", attrTotalTokens}, {"ai_prompt_tokens_used", attrInputTokens}, {"ai_completion_tokens_used", attrOutputTokens},
}

const (
	attrTotalTokens  = "gen_ai.usage.total_tokens"
	attrInputTokens  = "gen_ai.usage.input_tokens"
	attrOutputTokens = "gen_ai.usage.output_tokens"

	attrOperationName = "gen_ai.operation.name"
	attrOperationType = "gen_ai.operation.type"
	attrRequestModel  = "gen_ai.request.model"
	attrResponseModel = "gen_ai.response.model"
)

// modelCalls completes the attributes of the transaction and of its spans that call language models.
func (r *run) modelCalls() {
	root := r.d.Root
	r.modelCall(r.variantAt("trace", "trace"), root.Get("measurements"))
	for _, m := range root.Get("spans").Members() {
		r.modelCall(m.Value, m.Value.Get("measurements"))
	}
}

// modelCall completes the data of a span, or of the trace context. What is there stays, but for the kind of the operation.
func (r *run) modelCall(call, measurements *event.Value) {
	op, name := call.Get("op").Text(), call.Get("data").Get(attrOperationName)
	if name.IsNull() && !strings.HasPrefix(op, "ai.") && !strings.HasPrefix(op, "gen_ai.") {
		return
	}
	data := r.object(call, "data")
	for _, t := range tokenMeasurements {
		if n, ok := measured(measurements, t[0]); ok {
			r.addNumber(data, t[1], n)
		}
	}
	in, ok1 := data.Get(attrInputTokens).Float()
	out, ok2 := data.Get(attrOutputTokens).Float()
	if ok1 || ok2 {
		r.addNumber(data, attrTotalTokens, in+out)
	}
	if model := data.Get(attrRequestModel); !model.IsNull() && data.Get(attrResponseModel).IsNull() {
		v := r.unknownKey(data, attrResponseModel)
		v.TakeContent(r.d.Clone(model))
	}
	if s, ok := data.Get(attrOperationName).Str(); ok {
		op = s
	}
	r.unknownKey(data, attrOperationType).SetString(operationType(op))
}

func operationType(op string) string {
	if kind := operationTypes[op]; kind != "" {
		return kind
	}
	return "ai_client"
}

// modelCall completes the attributes of a span that calls a language model: unlike with the spans of a transaction sums are made anew, an operation that
// is no text counts, and the rate of tokens is told.
func (r *recordRun) modelCall() {
	op := r.a.Plain(span.AttrOp)
	if !r.a.Has(attrOperationName) && !r.a.Has(attrOperationType) && !strings.HasPrefix(op, "ai.") && !strings.HasPrefix(op, "gen_ai.") {
		return
	}
	in, ok1 := r.a.Float(attrInputTokens)
	out, ok2 := r.a.Float(attrOutputTokens)
	if ok1 || ok2 {
		r.setFloat(attrTotalTokens, in+out)
	}
	if d := r.duration().Seconds(); out > 0 && d > 0 {
		r.setFloat("gen_ai.response.tokens_per_second", out/d)
	}
	if model, ok := r.a.Text(attrRequestModel); ok && model != "" {
		r.a.AddText(attrResponseModel, model)
	}
	if r.a.Has(attrOperationName) {
		op = r.a.Plain(attrOperationName)
	}
	r.a.SetText(attrOperationType, operationType(op))
}

// addNumber adds an attribute that is absent.
func (r *run) addNumber(data *event.Value, key string, f float64) {
	if data.Get(key).IsNull() {
		r.number(r.unknownKey(data, key), event.AppendFloat(r.buf[:0], f))
	}
}
